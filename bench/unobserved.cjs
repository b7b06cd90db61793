/**
 * Removes the request log, telemetry and timing from the service, to measure their cost:
 * `node --require ./bench/unobserved.cjs .build/main.js`.
 */
const { field, patch, patchExport } = require('../dev/patch.cjs');

const nothing = () => undefined;

// All requests share one instance, which is never read.
let timing;
const RequestTiming = patchExport('instrumentation/request-timing.js', 'RequestTiming', function () {
  return timing;
});
timing = new RequestTiming(0);
patch('instrumentation/request-completion.js', 'RequestCompletion', 'track', nothing);
patch('timing/timing.interceptor.js', 'TimingInterceptor', 'intercept', (_, next) => next.handle());
patch('cache/cache.interceptor.js', 'CacheInterceptor', 'report', function (state, { route, reply }) {
  field(this, 'counts').count(route.kind, state);
  reply.header('x-cache', state);
});
patch('instrumentation/distribution.js', 'Distribution', 'add', nothing);
const client = require('prom-client');
if (typeof client.collectDefaultMetrics !== 'function') throw new Error('prom-client has no collectDefaultMetrics');
client.collectDefaultMetrics = nothing;
process.env.LOG_LEVEL = 'silent';
