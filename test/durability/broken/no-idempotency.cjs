/** Idempotency-Key has no effect, and a response is sent 200 ms after its COMMIT. */
const { delay } = require('rxjs');
const { patch } = require('../../../dev/patch.cjs');

patch('idempotency/idempotency.interceptor.js', 'IdempotencyInterceptor', 'intercept', (_, next) =>
  next.handle().pipe(delay(200)),
);
