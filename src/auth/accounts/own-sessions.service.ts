import { Injectable } from '@nestjs/common';
import { type FindOptionsWhere, IsNull, MoreThan } from 'typeorm';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import type { Principal } from '../../identity/principal';
import { Problem } from '../../problems/problem';
import { AuditLog } from '../audit/audit-log';
import type { SessionDto } from './accounts.dto';
import { Session } from './session.entity';
import { userNameOf } from './users.service';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Lists and ends the sessions of a user, for that user. */
@Injectable()
export class OwnSessions {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
  ) {}

  /** The open sessions, newest first; none for a principal that has no sessions, such as an API key. */
  async list(principal: Principal | null): Promise<SessionDto[]> {
    const where = openSessionsOf(principal);
    const sessions = await this.database.withRepository(Session, (repository) =>
      repository.find({ where, order: { created_at: 'DESC' } }),
    );
    return sessions.map(({ id, created_at, expires_at }) => ({
      id,
      created_at: created_at.toISOString(),
      expires_at: expires_at.toISOString(),
      current: id === principal?.session,
    }));
  }

  /** @throws Problem 404 `not_found` */
  async end(principal: Principal | null, id: string, author: Author): Promise<void> {
    await this.database.transaction(async () => {
      const where = { ...openSessionsOf(principal), id };
      const { affected } = UUID.test(id)
        ? await this.database.withRepository(Session, (sessions) =>
            sessions.update(where, { revoked_at: () => 'now()' }),
          )
        : { affected: 0 };
      if (affected !== 1) throw new Problem('not_found', { detail: 'You have no open session with this id.' });
      await this.audit.record({ ...author, action: 'signed_out', subject: author.actor, details: { session: id } });
    });
  }
}

const openSessionsOf = (principal: Principal | null): FindOptionsWhere<Session> => ({
  user_name: principal?.session === undefined ? '' : userNameOf(principal),
  revoked_at: IsNull(),
  expires_at: MoreThan(new Date()),
});
