import { createHash } from 'node:crypto';
import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { ANONYMOUS } from '../identity/principal';
import { Database } from '../database/database';
import { Problem } from '../problems/problem';
import type { ViolationCode } from '../validation/violation';
import { Representation } from '../responses/representation';

/** How long an answer is kept for replay. */
const KEPT_FOR = '24 hours';

interface StoredAnswer {
  fingerprint: string;
  status: number;
  headers: Record<string, string>;
  body: string | null;
}

/**
 * Makes a POST with an `Idempotency-Key` happen once: the answer is stored in the transaction that writes, so a write
 * without its answer, or an answer without its write, cannot exist. Errors are not stored; they undo the transaction.
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
      throw refused(
        'invalid_value',
        'This request or its answer holds a secret: nothing of it is kept, so it cannot be replayed.',
      );
    const key = keyOf(header);
    return from(this.once(key, request, reply, () => lastValueFrom(next.handle())));
  }

  private once(
    key: string,
    request: FastifyRequest,
    reply: FastifyReply,
    handle: () => Promise<unknown>,
  ): Promise<unknown> {
    const scope = request.principal?.id ?? ANONYMOUS;
    const fingerprint = fingerprintOf(request);
    return this.database.transaction(async () => {
      const [lock] = await this.database.query<{ taken: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS taken`,
        [`idempotency ${scope} ${key}`],
      );
      if (!lock?.taken) throw new Problem('idempotency_in_progress', { headers: { 'retry-after': '1' } });
      const [kept] = await this.database.query<StoredAnswer>(
        `SELECT fingerprint, status, headers, body FROM idempotency_keys WHERE scope = $1 AND key = $2 AND expires_at > now()`,
        [scope, key],
      );
      if (kept) {
        if (kept.fingerprint !== fingerprint) throw new Problem('idempotency_key_reused');
        return new Representation(
          kept.body ?? undefined,
          { ...kept.headers, 'idempotency-replayed': 'true' },
          kept.status,
        );
      }
      const answer = await handle();
      if (!(answer instanceof Representation)) throw new Error('A POST handler must answer with a Representation.');
      await this.keep(scope, key, fingerprint, answer, answer.status ?? reply.statusCode);
      return answer;
    });
  }

  /** Also sweeps a few expired rows: as each write removes more than it adds, the table stays as small as a day. */
  private async keep(
    scope: string,
    key: string,
    fingerprint: string,
    { headers, json }: Representation,
    status: number,
  ): Promise<void> {
    await this.database.query(
      `WITH swept AS (
         DELETE FROM idempotency_keys WHERE (scope, key) IN (
           SELECT scope, key FROM idempotency_keys WHERE expires_at <= now() AND (scope, key) <> ($1, $2)
           ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED)
       )
       INSERT INTO idempotency_keys (scope, key, fingerprint, status, headers, body, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, now() + interval '${KEPT_FOR}')
       ON CONFLICT (scope, key) DO UPDATE SET (fingerprint, status, headers, body, expires_at) =
         (EXCLUDED.fingerprint, EXCLUDED.status, EXCLUDED.headers, EXCLUDED.body, EXCLUDED.expires_at)`,
      [scope, key, fingerprint, status, JSON.stringify(headers), json ?? null],
    );
  }
}

/** The key, bare or as the quoted string of the HTTP field's draft: both spellings name the same one. */
function keyOf(header: string | string[]): string {
  const given = [header].flat().join(', ');
  const key = /^("?)([\x21\x23-\x7e]{1,255})\1$/.exec(given)?.[2];
  if (key !== undefined) return key;
  throw refused(
    'invalid_format',
    'Idempotency-Key must be 1 to 255 visible ASCII characters, bare or in double quotes.',
  );
}

const refused = (code: ViolationCode, detail: string) =>
  new Problem('invalid_header', { detail, errors: [{ header: 'Idempotency-Key', code, detail }] });

const fingerprintOf = (request: FastifyRequest): string =>
  createHash('sha256')
    .update(`${request.method} ${request.url}\n${String(JSON.stringify(request.body))}`)
    .digest('base64url');
