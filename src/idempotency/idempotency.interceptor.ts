import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ANONYMOUS } from '../identity/principal';
import { Database } from '../database/database';
import { Problem } from '../problems/problem';
import type { ViolationCode } from '../validation/violation';
import { preconditionsOf } from '../responses/preconditions';
import { Representation } from '../responses/representation';
import type { IdempotencyKey } from './idempotency-key.entity';

/** How long a response is stored for replay. */
const RETENTION = '24 hours';

type StoredResponse = Pick<IdempotencyKey, 'fingerprint' | 'status' | 'headers' | 'body'>;

/**
 * Runs a POST with an `Idempotency-Key` once and replays its response. The response is stored in the transaction of the
 * write, so neither can exist without the other. Errors roll the transaction back and are not stored.
 *
 * @throws Problem 400 `invalid_header`, 409 `idempotency_in_progress`, 422 `idempotency_key_reused`
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(private readonly database: Database) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const header = request.headers['idempotency-key'];
    if (request.method !== 'POST' || header === undefined) return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    if (request.routeOptions.config.containsSecrets)
      throw invalidKey(
        'invalid_value',
        'Idempotency-Key is not supported here: the request or its response contains a secret, which is not stored.',
      );
    const key = keyOf(header);
    // A replay does not compare preconditions, because the write itself made them fail. Malformed ones are still refused.
    preconditionsOf(request.headers);
    return from(this.runOnce(key, request, reply, () => lastValueFrom(next.handle())));
  }

  private runOnce(
    key: string,
    request: FastifyRequest,
    reply: FastifyReply,
    handle: () => Promise<unknown>,
  ): Promise<unknown> {
    const scope = request.principal?.id ?? ANONYMOUS;
    const fingerprint = fingerprintOf(request);
    return this.database.transaction(async () => {
      const [lock] = await this.database.query<{ acquired: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS acquired`,
        [`idempotency ${scope} ${key}`],
      );
      if (!lock?.acquired) throw new Problem('idempotency_in_progress', { headers: { 'retry-after': '1' } });
      const [stored] = await this.database.query<StoredResponse>(
        `SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE scope = $1 AND key = $2 AND expires_at > now()`,
        [scope, key],
      );
      if (stored) {
        if (stored.fingerprint !== fingerprint) throw new Problem('idempotency_key_reused');
        const headers = { ...stored.headers, 'idempotency-replayed': 'true' };
        return new Representation(stored.body ?? undefined, headers, stored.status);
      }
      const response = await handle();
      if (!(response instanceof Representation)) throw new Error('A POST handler must return a Representation.');
      const { json, headers, status = reply.statusCode } = response;
      await this.store({ scope, key, fingerprint, status, headers, body: json ?? null });
      return response;
    });
  }

  /** Stores the response and deletes up to ten expired rows, which keeps the table at the size of one day. */
  private async store(response: Omit<IdempotencyKey, 'expires_at'>): Promise<void> {
    const { scope, key, fingerprint, status, headers, body } = response;
    await this.database.query(
      `WITH expired AS (
         DELETE FROM idempotency_keys WHERE (scope, key) IN (
           SELECT scope, key FROM idempotency_keys WHERE expires_at <= now() AND (scope, key) <> ($1, $2)
           ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED)
       )
       INSERT INTO idempotency_keys (scope, key, fingerprint, status, headers, body, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + interval '${RETENTION}')
       ON CONFLICT (scope, key) DO UPDATE SET (fingerprint, status, headers, body, expires_at) =
         (EXCLUDED.fingerprint, EXCLUDED.status, EXCLUDED.headers, EXCLUDED.body, EXCLUDED.expires_at)`,
      [scope, key, fingerprint, status, JSON.stringify(headers), body],
    );
  }
}

/** The key, bare or quoted as in the draft of the HTTP field; both forms are equal. */
function keyOf(header: string | string[]): string {
  const value = [header].flat().join(', ');
  const key = /^("?)([\x21\x23-\x7e]{1,255})\1$/.exec(value)?.[2];
  if (key !== undefined) return key;
  throw invalidKey(
    'invalid_format',
    'Idempotency-Key must be 1 to 255 visible ASCII characters, bare or in double quotes.',
  );
}

const invalidKey = (code: ViolationCode, detail: string) =>
  new Problem('invalid_header', { detail, errors: [{ header: 'Idempotency-Key', code, detail }] });

const fingerprintOf = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(`${request.method} ${request.url}\n${String(JSON.stringify(request.body))}`)
    .digest('base64url');
