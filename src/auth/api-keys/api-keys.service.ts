import { timingSafeEqual } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { Config } from '../../config/config';
import { Database } from '../../database/database';
import { type Author, commandAuthor } from '../../identity/author';
import { Problem } from '../../problems/problem';
import { digestOf } from '../credentials/bearer-token';
import type { CredentialSource } from '../credentials/credential-source';
import { CredentialSources } from '../credentials/credential-sources';
import { isApiKeyId, makeApiKey, readApiKey } from './api-key-text';
import type { ApiKey } from './api-key.entity';
import { AuditLog } from '../audit/audit-log';
import type { Identity } from '../../identity/principal';
import type { CreateApiKeyDto } from './api-keys.dto';
import type { Role } from '../../identity/role';

const SHOWN = 'id, name, role, created_by, created_at, expires_at, last_used_at, revoked_at';
/** Between two notes that a key was used. */
const NOTED_EVERY_MS = 60_000;

export type ShownApiKey = Pick<
  ApiKey,
  'id' | 'name' | 'role' | 'created_by' | 'created_at' | 'expires_at' | 'last_used_at' | 'revoked_at'
>;

/** Makes, shows, revokes and recognises API keys. */
@Injectable()
export class ApiKeys implements CredentialSource {
  /** Every change of a key advances the generation. */
  readonly maxCacheMs = Infinity;

  private readonly logger = new Logger(ApiKeys.name);

  /** Kind of installation, in every key: one that was made for development is no good in production. */
  private readonly environment: string;

  constructor(
    { NODE_ENV }: Config,
    private readonly database: Database,
    private readonly audit: AuditLog,
    sources: CredentialSources,
  ) {
    this.environment = { production: 'live', development: 'dev', test: 'test' }[NODE_ENV];
    sources.register(this);
  }

  /**
   * Makes a key; its text is in the result and nowhere else.
   *
   * @param by a command gives its name alone
   */
  async create(
    { name, role, expires_at }: CreateApiKeyDto,
    by: Author | string,
  ): Promise<ShownApiKey & { key: string }> {
    if (expires_at !== undefined && Date.parse(expires_at) <= Date.now()) throw alreadyOver();
    const author = typeof by === 'string' ? commandAuthor(by) : by;
    const { id, environment, text } = makeApiKey(this.environment);
    return this.database.transaction(async () => {
      const [made] = await this.database.query<ShownApiKey>(
        `INSERT INTO api_keys (id, name, role, environment, digest, created_by, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING ${SHOWN}`,
        [id, name, role, environment, digestOf(text), author.actor, expires_at ?? null],
      );
      if (!made) throw new Error('A row that was inserted is returned.');
      await this.audit.record({
        ...author,
        action: 'key_created',
        subject: subjectOf(id),
        details: { name, role, expires_at: made.expires_at },
      });
      return { ...made, key: text };
    });
  }

  /** All keys, revoked ones too, the newest first. */
  list(): Promise<ShownApiKey[]> {
    return this.database.query<ShownApiKey>(`SELECT ${SHOWN} FROM api_keys ORDER BY created_at DESC, id`);
  }

  /**
   * From the next request on nobody gets in with the key, on any instance.
   *
   * @throws Problem 404 for a key that is unknown or revoked already
   */
  async revoke(id: string, author: Author): Promise<void> {
    const revoked = isApiKeyId(id) ? await this.revokeWhere('id = $1', [id], author) : 0;
    if (revoked === 0) throw new Problem('not_found', { detail: 'There is no such key, or it is revoked already.' });
  }

  /** Revokes all keys of a name but one: what a command does. */
  async revokeOthers(name: string, id: string): Promise<void> {
    await this.revokeWhere('name = $1 AND id <> $2', [name, id], commandAuthor('command'));
  }

  /** Revokes the keys that are found, and tells how many they were. */
  private revokeWhere(condition: string, parameters: string[], author: Author): Promise<number> {
    return this.database.transaction(async () => {
      const revoked = await this.database.query<{ id: string; name: string; role: Role }>(
        `UPDATE api_keys SET revoked_at = now() WHERE ${condition} AND revoked_at IS NULL RETURNING id, name, role`,
        parameters,
      );
      for (const { id, ...details } of revoked)
        await this.audit.record({ ...author, action: 'key_revoked', subject: subjectOf(id), details });
      return revoked.length;
    });
  }

  /**
   * Refuses to serve production on a database that was somebody's plaything: keys made for development may be known to anybody.
   *
   * @throws Error with a line for each
   */
  async refuseForeign(): Promise<void> {
    if (this.environment !== 'live') return;
    const foreign = await this.database.query<{ id: string; name: string; environment: string }>(
      `SELECT id, name, environment FROM api_keys
       WHERE environment <> $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) ORDER BY id`,
      [this.environment],
    );
    const lines = foreign.map(
      ({ id, name, environment }) =>
        `the key ${id} (${name}) was made for ${environment}: UPDATE api_keys SET revoked_at = now() WHERE id = '${id}'`,
    );
    if (lines.length > 0) throw new Error(lines.join('\n'));
  }

  accepts(token: string): boolean {
    return readApiKey(token) !== undefined;
  }

  /** Whom the text identifies; undefined when it is no key of ours that is good. */
  async identify(text: string): Promise<Identity | undefined> {
    const key = readApiKey(text);
    if (!key || key.environment !== this.environment) return undefined;
    const [row] = await this.database.queryPrepared<{ role: Role; digest: Buffer; expires_at: Date | null }>(
      'SELECT role, digest, expires_at FROM api_keys WHERE id = $1 AND environment = $2 AND revoked_at IS NULL',
      [key.id, key.environment],
    );
    if (!row || !timingSafeEqual(row.digest, digestOf(text))) return undefined;
    let notedAt = -Infinity;
    return {
      principal: { id: subjectOf(key.id), role: row.role },
      expiresAt: Number(row.expires_at ?? Infinity),
      onUse: () => {
        const now = performance.now();
        if (now - notedAt < NOTED_EVERY_MS) return;
        notedAt = now;
        void this.note(key.id);
      },
    };
  }

  private async note(id: string): Promise<void> {
    try {
      await this.database.query(
        `UPDATE api_keys SET last_used_at = now() WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`,
        [id],
      );
    } catch (error) {
      this.logger.warn({ err: error, key: id }, 'That the key was used could not be noted');
    }
  }
}

/** What revisions, limits and the audit log know a key by. */
const subjectOf = (id: string) => `key:${id}`;

const alreadyOver = () => {
  const detail = 'This moment is not to come.';
  return new Problem('invalid_document', {
    detail,
    errors: [{ pointer: '/expires_at', code: 'invalid_value', detail }],
  });
};
