import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Problem } from '../../problems/problem';
import { AuditLog } from '../audit/audit-log';
import type { Principal } from '../../identity/principal';
import type { ChangePasswordDto } from './accounts.dto';
import { PasswordHashing } from './password-hashing';
import { refuseWeakPassword } from './password-rules';
import { PasswordAttempts } from './password-attempts';
import { Users, subjectOf } from './users.service';

/** Lets users change their own password. */
@Injectable()
export class OwnPassword {
  constructor(
    private readonly database: Database,
    private readonly users: Users,
    private readonly hashing: PasswordHashing,
    private readonly attempts: PasswordAttempts,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Takes the new password for the present one and ends all other sessions. Guesses at the present one count as failed
   * sign-ins do.
   *
   * @throws Problem 403 `forbidden` for callers that are no user, 422 `invalid_document`, 429 `rate_limited`
   */
  async change(principal: Principal | null, passwords: ChangePasswordDto, caller: Author): Promise<void> {
    const { session, id } = principal ?? {};
    if (session === undefined || id === undefined)
      throw new Problem('forbidden', { detail: 'Only those who signed in with a password have one to change.' });
    const name = id.slice(subjectOf('').length);
    const present = await this.attempts.make(caller.address, name, async () => {
      const hash = await this.users.passwordHash(name);
      return (await this.hashing.isRight(passwords.current_password, hash)) ? hash : undefined;
    });
    if (present === undefined) {
      await this.audit.record({ ...caller, action: 'sign_in_failed', subject: id });
      throw wrong();
    }
    await refuseWeakPassword(passwords.new_password, name, '/new_password');
    const hash = await this.hashing.hash(passwords.new_password);
    await this.database.transaction(async () => {
      // The row first: a sign-in with the old password waits here, or its session is among those that end.
      const [changed] = await this.database.query(
        `UPDATE users SET password_hash = $2, password_changed_at = now()
         WHERE name = $1 AND password_hash = $3 AND disabled_at IS NULL RETURNING name`,
        [name, hash, present],
      );
      if (!changed) throw wrong();
      await this.users.endSessions(name, session);
      await this.audit.record({ ...caller, action: 'password_changed', subject: id });
    });
  }
}

const wrong = () => {
  const detail = 'This is not the present password.';
  return new Problem('invalid_document', {
    detail,
    errors: [{ pointer: '/current_password', code: 'invalid_value', detail }],
  });
};
