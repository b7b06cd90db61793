import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { IsNull, Not, Raw } from 'typeorm';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import type { Identity, Role } from '../../identity/principal';
import { Problem } from '../../problems/problem';
import { AuditLog } from '../audit/audit-log';
import type { CredentialSource } from '../credentials/credential-source';
import { ACCESS_TOKEN_SECONDS, AccessTokens } from './access-tokens';
import type { SignInDto, TokensDto } from './accounts.dto';
import { FailedSignIns } from './failed-sign-ins';
import { PasswordAttempts } from './password-attempts';
import { PasswordHashing } from './password-hashing';
import { makeRefreshToken, parseRefreshToken, type RefreshToken } from './refresh-token';
import { Session } from './session.entity';
import { User } from './user.entity';
import { principalIdOf, Users } from './users.service';

/** The lifetime of a session; a refresh does not extend it. */
const SESSION_LENGTH = '30 days';

/** Expired sessions that a sign-in deletes: more than it adds. */
const SWEEP_BATCH = 10;

type OpenSession = Pick<Session, 'id' | 'user_name' | 'expires_at'>;

const OPEN_SESSION = ['id', 'user_name', 'expires_at'];

/** Starts, refreshes and ends sessions, and verifies their access tokens. */
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
    private readonly failed: FailedSignIns,
  ) {}

  /**
   * Starts a session. An unknown name, a disabled user and a wrong password get the same response after the same time.
   *
   * @throws Problem 401 `unauthenticated`, 429 `rate_limited`, 503 `overloaded`
   */
  async signIn({ name: given, password }: SignInDto, author: Author): Promise<TokensDto> {
    const name = given.trim().toLowerCase();
    const found = { user: false };
    const tokens = await this.attempts.run(author.address, name, async () => {
      const hash = await this.users.passwordHash(name);
      found.user = hash !== undefined;
      const isVerified = await this.hashing.verify(password, hash, author.address);
      return isVerified && hash !== undefined ? this.start(name, hash, author) : undefined;
    });
    if (tokens) return tokens;
    if (found.user) this.failed.record(author, name);
    else this.failed.countUnknownName(author.address);
    throw unauthenticated('The name or the password is wrong.');
  }

  /**
   * Exchanges a refresh token for the next pair of tokens. A refresh token is valid once. A second use means that the
   * token or its successor was stolen, and ends the session (RFC 9700, 4.14.2).
   *
   * @throws Problem 401 `unauthenticated`
   */
  async refresh(text: string, author: Author): Promise<TokensDto> {
    const token = parseRefreshToken(text);
    if (token) {
      const next = makeRefreshToken(token.family);
      // In a transaction, because a lost connection must not look like a refresh that can be repeated.
      const session = await this.database.transaction(() => this.rotate(token, next));
      if (session) return this.issue(session, next);
      await this.end('refresh_reused', token, author);
    }
    throw unauthenticated('The refresh token is unknown, expired, revoked or already used. Sign in again.');
  }

  /** Ends the session of a refresh token, used or not. An unknown token is not an error (RFC 7009, 2.2). */
  async signOut(text: string, author: Author): Promise<void> {
    const token = parseRefreshToken(text);
    if (token) await this.end('signed_out', token, author);
  }

  accepts(token: string): boolean {
    return this.tokens.isClaimed(token);
  }

  async identify(token: string): Promise<Identity | undefined> {
    const claims = await this.tokens.verify(token);
    if (!claims) return undefined;
    // Prepared SQL, because it runs for every token that is not cached: a repository takes three times the CPU time.
    const [session] = await this.database.queryPrepared<{ role: Role; expires_at: Date }>(
      `SELECT u.role, s.expires_at FROM sessions s JOIN users u ON u.name = s.user_name
       WHERE s.id = $1 AND u.name = $2 AND s.revoked_at IS NULL AND u.disabled_at IS NULL`,
      [claims.session, claims.user],
    );
    if (!session) return undefined;
    return {
      principal: { id: principalIdOf(claims.user), role: session.role, session: claims.session },
      expiresAt: Math.min(claims.expiresAt, session.expires_at.getTime()),
    };
  }

  /** @returns undefined when the password was changed or the user disabled since the password was verified */
  private start(name: string, hash: string, author: Author): Promise<TokensDto | undefined> {
    return this.database.transaction(async () => {
      const { affected } = await this.database.withRepository(User, (users) =>
        users.update({ name, password_hash: hash, disabled_at: IsNull() }, { last_signed_in_at: () => 'now()' }),
      );
      if (affected !== 1) return undefined;
      await this.sweep();
      const token = makeRefreshToken();
      const session = await this.insert(name, token);
      const subject = principalIdOf(name);
      await this.audit.record({ ...author, actor: subject, action: 'signed_in', subject });
      return this.issue(session, token);
    });
  }

  private async insert(name: string, { familyDigest, digest }: RefreshToken): Promise<OpenSession> {
    const result = await this.database.withRepository(Session, (sessions) =>
      sessions
        .createQueryBuilder()
        .insert()
        .values({
          id: randomUUID(),
          user_name: name,
          family_digest: familyDigest,
          token_digest: digest,
          expires_at: () => `now() + interval '${SESSION_LENGTH}'`,
        })
        .updateEntity(false)
        .returning(OPEN_SESSION)
        .execute(),
    );
    const [session] = result.raw as [OpenSession];
    return session;
  }

  /** Replaces the token of an open session by compare-and-swap: of two concurrent uses of a token, one succeeds. */
  private async rotate(token: RefreshToken, next: RefreshToken): Promise<OpenSession | undefined> {
    const result = await this.database.withRepository(Session, (sessions) =>
      sessions
        .createQueryBuilder()
        .update()
        .set({ token_digest: next.digest })
        .where({ family_digest: token.familyDigest, token_digest: token.digest, revoked_at: IsNull() })
        .andWhere('expires_at > now()')
        .andWhere('EXISTS (SELECT FROM users WHERE users.name = user_name AND users.disabled_at IS NULL)')
        .returning(OPEN_SESSION)
        .execute(),
    );
    const [session] = result.raw as OpenSession[];
    return session;
  }

  /** Deletes a batch of expired sessions, except those that a concurrent sign-in is deleting. */
  private async sweep(): Promise<void> {
    await this.database.withRepository(Session, (sessions) => {
      const expired = sessions
        .createQueryBuilder('expired')
        .select('expired.id')
        .where('expired.expires_at <= now()')
        .orderBy('expired.expires_at')
        .limit(SWEEP_BATCH)
        .setLock('pessimistic_write')
        .setOnLocked('skip_locked');
      return sessions.createQueryBuilder().delete().where(`id IN (${expired.getQuery()})`).execute();
    });
  }

  private async issue({ id, user_name, expires_at }: OpenSession, { text }: RefreshToken): Promise<TokensDto> {
    return {
      access_token: await this.tokens.sign(user_name, id),
      token_type: 'Bearer',
      expires_in: ACCESS_TOKEN_SECONDS,
      refresh_token: text,
      session_expires_at: expires_at.toISOString(),
    };
  }

  /** Ends the open session of a token; for a reused token, only where another token is the current one. */
  private end(
    action: 'refresh_reused' | 'signed_out',
    { familyDigest, digest }: RefreshToken,
    author: Author,
  ): Promise<void> {
    return this.database.transaction(async () => {
      const open = { family_digest: familyDigest, revoked_at: IsNull(), expires_at: Raw((time) => `${time} > now()`) };
      const where = action === 'refresh_reused' ? { ...open, token_digest: Not(digest) } : open;
      const result = await this.database.withRepository(Session, (sessions) =>
        sessions.update(where, { revoked_at: () => 'now()' }, { returning: ['user_name'] }),
      );
      const [ended] = result.raw as Pick<Session, 'user_name'>[];
      if (ended) await this.audit.record({ ...author, action, subject: principalIdOf(ended.user_name) });
    });
  }
}

const unauthenticated = (detail: string) =>
  new Problem('unauthenticated', { detail, headers: { 'www-authenticate': 'Bearer realm="mdl"' } });
