/**
 * Removes the request log, telemetry and timing from the service, to measure their cost:
 * `node --require ./bench/unobserved.cjs .build/main.js`.
 */
const { patch, patchExport } = require('../dev/patch.cjs');

const nothing = () => undefined;

// All requests share one instance, which is never read.
let timing;
const RequestTiming = patchExport('instrumentation/request-timing.js', 'RequestTiming', function () {
  return timing;
});
timing = new RequestTiming(0);
patchExport('instrumentation/request-timing.js', 'timeAuthentication', (_, done) => done);
patch('instrumentation/request-completion.js', 'RequestCompletion', 'register', function (fastify) {
  fastify.decorate('requestCompletion', this);
  fastify.decorateRequest('problem', undefined);
});
patch('timing/timing.interceptor.js', 'TimingInterceptor', 'intercept', (_, next) => next.handle());
patch('cache/cached-response-sender.js', 'CachedResponseSender', 'time', nothing);
patch('instrumentation/distribution.js', 'Distribution', 'add', nothing);
const client = require('prom-client');
if (typeof client.collectDefaultMetrics !== 'function') throw new Error('prom-client has no collectDefaultMetrics');
client.collectDefaultMetrics = nothing;
process.env.LOG_LEVEL = 'silent';
