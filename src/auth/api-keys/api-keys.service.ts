import { timingSafeEqual } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { type FindOptionsWhere, IsNull, MoreThan, Not, Or, Raw } from 'typeorm';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { type Author, commandAuthor } from '../../identity/author';
import type { Identity, Role } from '../../identity/principal';
import { Problem } from '../../problems/problem';
import { AuditLog } from '../audit/audit-log';
import { digestOf } from '../credentials/bearer-token';
import type { CredentialSource } from '../credentials/credential-source';
import { ApiKey } from './api-key.entity';
import { isApiKeyId, makeApiKey, parseApiKey } from './api-key-text';
import type { CreateApiKeyDto } from './api-keys.dto';

/** The columns that the API shows. */
const SHOWN = {
  id: true,
  name: true,
  role: true,
  created_by: true,
  created_at: true,
  expires_at: true,
  last_used_at: true,
  revoked_at: true,
} as const;

/** How often an instance writes `last_used_at` of one key, in milliseconds. */
const LAST_USED_INTERVAL_MS = 60_000;

const DAY_MS = 86_400_000;

export type ShownApiKey = Pick<ApiKey, keyof typeof SHOWN>;

/** Creates, lists, revokes and verifies API keys. */
@Injectable()
export class ApiKeys implements CredentialSource {
  /** Every change of a key advances the generation. */
  readonly maxCacheMs = Infinity;

  private readonly logger = new Logger(ApiKeys.name);

  /** The environment that new keys are made for, and the only one whose keys are accepted. */
  private readonly environment: string;

  constructor(
    private readonly config: Config,
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {
    this.environment = { production: 'live', development: 'dev', test: 'test' }[config.NODE_ENV];
  }

  /**
   * Creates a key.
   *
   * @param by the author, or the name of a command
   * @returns the key with its secret, which is stored as a digest only
   * @throws Problem 422 `invalid_document` when `expires_at` is in the past
   */
  async create(
    { name, role, expires_at }: CreateApiKeyDto,
    by: Author | string,
  ): Promise<ShownApiKey & { key: string }> {
    const expiry = expires_at === undefined ? this.defaultExpiry() : expires_at && new Date(expires_at);
    if (expiry && expiry.getTime() <= Date.now()) throw expiryInThePast();
    const author = typeof by === 'string' ? commandAuthor(by) : by;
    const { id, environment, text } = makeApiKey(this.environment);
    const row = { id, name, role, environment, digest: digestOf(text), created_by: author.actor, expires_at: expiry };
    return this.database.transaction(async () => {
      const result = await this.database.withRepository(ApiKey, (keys) =>
        keys.createQueryBuilder().insert().values(row).updateEntity(false).returning(Object.keys(SHOWN)).execute(),
      );
      const [created] = result.raw as [ShownApiKey];
      const details = { name, role, expires_at: created.expires_at };
      await this.audit.record({ ...author, action: 'key_created', subject: principalIdOf(id), details });
      return { ...created, key: text };
    });
  }

  /** After API_KEY_DAYS days; never where that is 0. */
  private defaultExpiry(): Date | null {
    const { API_KEY_DAYS: days } = this.config;
    return days === 0 ? null : new Date(Date.now() + days * DAY_MS);
  }

  /** Lists all keys, revoked ones too, newest first. */
  list(): Promise<ShownApiKey[]> {
    return this.database.withRepository(ApiKey, (keys) =>
      keys.find({ select: SHOWN, order: { created_at: 'DESC', id: 'ASC' } }),
    );
  }

  /**
   * Revokes a key. Every instance rejects it from the next request on.
   *
   * @throws Problem 404 `not_found` for a key that does not exist or is revoked already
   */
  async revoke(id: string, author: Author): Promise<void> {
    const revoked = isApiKeyId(id) ? await this.revokeWhere({ id }, author) : 0;
    if (revoked === 0) throw new Problem('not_found', { detail: 'The API key does not exist or is already revoked.' });
  }

  /** Revokes all other keys with this name, for a command. */
  async revokeOthers(name: string, id: string): Promise<void> {
    await this.revokeWhere({ name, id: Not(id) }, commandAuthor('command'));
  }

  /** @returns the number of keys that were revoked */
  private revokeWhere(where: FindOptionsWhere<ApiKey>, author: Author): Promise<number> {
    return this.database.transaction(async () => {
      const result = await this.database.withRepository(ApiKey, (keys) =>
        keys.update(
          { ...where, revoked_at: IsNull() },
          { revoked_at: () => 'now()' },
          { returning: ['id', 'name', 'role'] },
        ),
      );
      const revoked = result.raw as Pick<ApiKey, 'id' | 'name' | 'role'>[];
      for (const { id, ...details } of revoked)
        await this.audit.record({ ...author, action: 'key_revoked', subject: principalIdOf(id), details });
      return revoked.length;
    });
  }

  /**
   * Refuses to start in production on a database that holds valid keys of another environment: their secrets may be
   * widely known.
   *
   * @throws Error with one line per key
   */
  async refuseForeign(): Promise<void> {
    if (this.environment !== 'live') return;
    const foreign = await this.database.withRepository(ApiKey, (keys) =>
      keys.find({
        select: { id: true, name: true, environment: true },
        where: {
          environment: Not(this.environment),
          revoked_at: IsNull(),
          expires_at: Or(IsNull(), MoreThan(new Date())),
        },
        order: { id: 'ASC' },
      }),
    );
    const lines = foreign.map(
      ({ id, name, environment }) =>
        `API key ${id} (${name}) was made for ${environment}: ` +
        `UPDATE api_keys SET revoked_at = now() WHERE id = '${id}'`,
    );
    if (lines.length > 0) throw new Error(lines.join('\n'));
  }

  accepts(token: string): boolean {
    return parseApiKey(token) !== undefined;
  }

  async identify(token: string): Promise<Identity | undefined> {
    const key = parseApiKey(token);
    if (!key || key.environment !== this.environment) return undefined;
    // Prepared SQL, because it runs for every key that is not cached: a repository takes three times the CPU time.
    const [row] = await this.database.queryPrepared<{ role: Role; digest: Buffer; expires_at: Date | null }>(
      'SELECT role, digest, expires_at FROM api_keys WHERE id = $1 AND environment = $2 AND revoked_at IS NULL',
      [key.id, key.environment],
    );
    if (!row || !timingSafeEqual(row.digest, digestOf(token))) return undefined;
    let lastUsedAt = -Infinity;
    return {
      principal: { id: principalIdOf(key.id), role: row.role },
      expiresAt: Number(row.expires_at ?? Infinity),
      onUse: () => {
        const now = performance.now();
        if (now - lastUsedAt < LAST_USED_INTERVAL_MS) return;
        lastUsedAt = now;
        void this.recordUse(key.id);
      },
    };
  }

  private async recordUse(id: string): Promise<void> {
    try {
      await this.database.withRepository(ApiKey, (keys) =>
        keys.update(
          { id, last_used_at: Raw((time) => `(${time} IS NULL OR ${time} < now() - interval '1 minute')`) },
          { last_used_at: () => 'now()' },
        ),
      );
    } catch (error) {
      this.logger.warn({ err: error, key: id }, 'Could not record the use of an API key');
    }
  }
}

/** The principal's id in revisions, rate limits, logs and the audit log. */
const principalIdOf = (id: string) => `key:${id}`;

const expiryInThePast = () => {
  const detail = 'expires_at must be in the future.';
  return Problem.invalid([{ pointer: '/expires_at', code: 'invalid_value', detail }]);
};
