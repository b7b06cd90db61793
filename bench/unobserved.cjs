/**
 * Takes request log, telemetry and timing out of the service, to see what they cost: `node --require ./bench/unobserved.cjs
 * .build/main.js`. What is measured is everything that exists for the sake of observing only: log lines, counters,
 * histograms, clocks, `Server-Timing`.
 */
const { join } = require('node:path');

const of = (path) => join(__dirname, '../.build', path);
const nothing = () => undefined;

const { RequestTiming } = require(of('instrumentation/request-timing.js'));
// One for all: it is filled and never read.
const timing = new RequestTiming(0);
require.cache[require.resolve(of('instrumentation/request-timing.js'))].exports = {
  ...require(of('instrumentation/request-timing.js')),
  RequestTiming: function () {
    return timing;
  },
  timeAuthentication: (_, done) => done,
};
require(of('instrumentation/request-completion.js')).RequestCompletion.prototype.register = function (fastify) {
  fastify.decorate('requestCompletion', this);
  fastify.decorateRequest('problem', undefined);
};
require(of('timing/timing.interceptor.js')).TimingInterceptor.prototype.intercept = (_, next) => next.handle();
require(of('cache/cached-response-sender.js')).CachedResponseSender.prototype.time = nothing;
require(of('instrumentation/distribution.js')).Distribution.prototype.add = nothing;
require('prom-client').collectDefaultMetrics = nothing;
process.env.LOG_LEVEL = 'silent';
