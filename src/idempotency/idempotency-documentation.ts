import { ApiHeader } from '@nestjs/swagger';
import { component } from '../openapi/fragments';
import type { ProblemCode } from '../problems/problem-codes';

/** The problems of a POST with an `Idempotency-Key`, besides `invalid_header`. */
export const IDEMPOTENCY_PROBLEMS: ProblemCode[] = ['idempotency_in_progress', 'idempotency_key_reused'];

/** Documents the header of a POST that can be retried. */
export const idempotencyKey = ApiHeader({
  name: 'Idempotency-Key',
  required: false,
  description:
    'Makes retries safe: within 24 hours a request with the same key gets the first response again, with ' +
    '`Idempotency-Replayed: true`.',
  schema: { type: 'string', pattern: '^([!#-~]{1,255}|"[!#-~]{1,255}")$' },
  extensions: component('IdempotencyKey'),
});
