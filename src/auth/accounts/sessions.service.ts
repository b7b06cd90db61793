import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Problem } from '../../problems/problem';
import { AuditLog } from '../audit/audit-log';
import type { CredentialSource } from '../credentials/credential-source';
import { CredentialSources } from '../credentials/credential-sources';
import type { Identity } from '../../identity/principal';
import type { Role } from '../../identity/role';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens';
import type { SignInDto, TokensDto } from './accounts.dto';
import { PasswordHashing } from './password-hashing';
import { makeRefreshToken, readRefreshToken, type RefreshToken } from './refresh-token';
import { PasswordAttempts } from './password-attempts';
import { subjectOf, Users } from './users.service';

/** From the sign-in on, however often one refreshes. */
const SESSION_LENGTH = '30 days';
/** What the audit log names who tried a name that nobody has: it may be a password in the wrong field. */
const NOBODY = subjectOf('?');

/** Who may go on: a session, its user, and until when. */
interface Open {
  id: string;
  name: string;
  expires_at: Date;
}

/** Begins and ends sessions, and recognises their tokens. */
@Injectable()
export class Sessions implements CredentialSource {
  /** Every change of a session or user advances the generation. */
  readonly maxCacheMs = Infinity;

  constructor(
    private readonly database: Database,
    private readonly users: Users,
    private readonly hashing: PasswordHashing,
    private readonly tokens: AccessTokens,
    private readonly attempts: PasswordAttempts,
    private readonly audit: AuditLog,
    sources: CredentialSources,
  ) {
    sources.register(this);
  }

  /**
   * Begins a session. Whoever is unknown, disabled or wrong about the password gets one and the same answer after the same
   * time.
   *
   * @throws Problem 401 `unauthenticated`, 429 `rate_limited`, 503 `overloaded`
   */
  async signIn({ name: given, password }: SignInDto, caller: Author): Promise<TokensDto> {
    const name = given.trim().toLowerCase();
    let subject = NOBODY;
    const tokens = await this.attempts.make(caller.address, name, async () => {
      const hash = await this.users.passwordHash(name);
      if (hash !== undefined) subject = subjectOf(name);
      const isRight = await this.hashing.isRight(password, hash);
      return isRight && hash !== undefined ? this.open(name, hash, caller) : undefined;
    });
    if (tokens) return tokens;
    await this.audit.record({ ...caller, action: 'sign_in_failed', subject });
    throw refused('The name or the password is wrong.');
  }

  /**
   * Gives the next pair of tokens for a refresh token, once. One that comes a second time was stolen, or its successor was:
   * the session ends for whoever has them (RFC 9700, 4.14.2).
   *
   * @throws Problem 401 `unauthenticated`
   */
  async refresh(text: string, caller: Author): Promise<TokensDto> {
    const token = readRefreshToken(text);
    if (token) {
      const next = makeRefreshToken(token.family);
      const [open] = await this.database.query<Open>(
        `UPDATE sessions AS s SET token_digest = $1 FROM users AS u
         WHERE s.family_digest = $2 AND s.token_digest = $3 AND s.revoked_at IS NULL AND s.expires_at > now()
           AND u.name = s.user_name AND u.disabled_at IS NULL
         RETURNING s.id, u.name, s.expires_at`,
        [next.digest, token.familyDigest, token.digest],
      );
      if (open) return this.pair(open, next);
      await this.end('refresh_reused', token, caller);
    }
    throw refused('The refresh token is unknown, expired, revoked or used: sign in again.');
  }

  /** Ends the session of a refresh token, used or not; one that is unknown has none (RFC 7009, 2.2). */
  async signOut(text: string, caller: Author): Promise<void> {
    const token = readRefreshToken(text);
    if (token) await this.end('signed_out', token, caller);
  }

  accepts(token: string): boolean {
    return this.tokens.isClaimed(token);
  }

  /** Whom an access token identifies; undefined when it is none of ours that is good, or its session has ended. */
  async identify(token: string): Promise<Identity | undefined> {
    const read = await this.tokens.read(token);
    if (!read) return undefined;
    const [open] = await this.database.queryPrepared<{ role: Role; expires_at: Date }>(
      `SELECT u.role, s.expires_at FROM sessions s JOIN users u ON u.name = s.user_name
       WHERE s.id = $1 AND u.name = $2 AND s.revoked_at IS NULL AND u.disabled_at IS NULL`,
      [read.session, read.user],
    );
    if (!open) return undefined;
    return {
      principal: { id: subjectOf(read.user), role: open.role, session: read.session },
      expiresAt: Math.min(read.expiresAt, Number(open.expires_at)),
    };
  }

  /** Nothing, where the password was changed or the user disabled since the password was checked. */
  private open(name: string, hash: string, caller: Author): Promise<TokensDto | undefined> {
    return this.database.transaction(async () => {
      const [user] = await this.database.query(
        `UPDATE users SET last_signed_in_at = now()
         WHERE name = $1 AND password_hash = $2 AND disabled_at IS NULL RETURNING name`,
        [name, hash],
      );
      if (!user) return undefined;
      await this.sweep();
      const token = makeRefreshToken();
      const [session] = await this.database.query<Open>(
        `INSERT INTO sessions (id, user_name, family_digest, token_digest, expires_at)
         VALUES ($1, $2, $3, $4, now() + interval '${SESSION_LENGTH}') RETURNING id, user_name AS name, expires_at`,
        [randomUUID(), name, token.familyDigest, token.digest],
      );
      if (!session) throw new Error('A row that was inserted is returned.');
      const subject = subjectOf(name);
      await this.audit.record({ ...caller, actor: subject, action: 'signed_in', subject });
      return this.pair(session, token);
    });
  }

  /** Takes a few sessions away that are over: each sign-in more than it adds. */
  private async sweep(): Promise<void> {
    await this.database.query(
      `DELETE FROM sessions WHERE id IN (
         SELECT id FROM sessions WHERE expires_at <= now() ORDER BY expires_at LIMIT 10 FOR UPDATE SKIP LOCKED)`,
    );
  }

  private async pair({ id, name, expires_at }: Open, { text }: RefreshToken): Promise<TokensDto> {
    return {
      access_token: await this.tokens.sign(name, id),
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      refresh_token: text,
      session_expires_at: expires_at.toISOString(),
    };
  }

  /** Ends the session of a token, if it has not ended yet; as reused only where another token is the good one. */
  private end(
    action: 'refresh_reused' | 'signed_out',
    { familyDigest, digest }: RefreshToken,
    caller: Author,
  ): Promise<void> {
    return this.database.transaction(async () => {
      const [ended] = await this.database.query<{ name: string }>(
        `UPDATE sessions SET revoked_at = now()
         WHERE family_digest = $1 AND revoked_at IS NULL AND expires_at > now() AND ($2::bytea IS NULL OR token_digest <> $2)
         RETURNING user_name AS name`,
        [familyDigest, action === 'refresh_reused' ? digest : null],
      );
      if (ended) await this.audit.record({ ...caller, action, subject: subjectOf(ended.name) });
    });
  }
}

const refused = (detail: string) =>
  new Problem('unauthenticated', { detail, headers: { 'www-authenticate': 'Bearer realm="mdl"' } });
