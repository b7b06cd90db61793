import { Injectable } from '@nestjs/common';
import { IsNull } from 'typeorm';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import type { Principal } from '../../identity/principal';
import { Problem } from '../../problems/problem';
import { AuditLog } from '../audit/audit-log';
import type { ChangePasswordDto } from './accounts.dto';
import { PasswordAttempts } from './password-attempts';
import { PasswordHashing } from './password-hashing';
import { rejectWeakPassword } from './password-rules';
import { User } from './user.entity';
import { principalIdOf, Users } from './users.service';

/** Changes the password of the user who is signed in. */
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
   * Replaces the current password and ends all other sessions. A wrong current password counts as a failed sign-in.
   *
   * @throws Problem 403 `forbidden` for a principal without a session, 422 `invalid_document`, 429 `rate_limited`
   */
  async change(principal: Principal | null, passwords: ChangePasswordDto, author: Author): Promise<void> {
    const { session, id } = principal ?? {};
    if (session === undefined || id === undefined)
      throw new Problem('forbidden', { detail: 'Only a user who signed in with a password can change it.' });
    const name = id.slice(principalIdOf('').length);
    const currentHash = await this.attempts.run(author.address, name, async () => {
      const hash = await this.users.passwordHash(name);
      return (await this.hashing.verify(passwords.current_password, hash)) ? hash : undefined;
    });
    if (currentHash === undefined) {
      await this.audit.record({ ...author, action: 'sign_in_failed', subject: id });
      throw wrongPassword();
    }
    await rejectWeakPassword(passwords.new_password, name, '/new_password');
    const newHash = await this.hashing.hash(passwords.new_password);
    await this.database.transaction(async () => {
      // The user first: a concurrent sign-in with the old password waits for the row, or its session is revoked below.
      const { affected } = await this.database.withRepository(User, (users) =>
        users.update(
          { name, password_hash: currentHash, disabled_at: IsNull() },
          { password_hash: newHash, password_changed_at: () => 'now()' },
        ),
      );
      if (affected !== 1) throw wrongPassword();
      await this.users.endSessions(name, session);
      await this.audit.record({ ...author, action: 'password_changed', subject: id });
    });
  }
}

const wrongPassword = () => {
  const detail = 'current_password must be the current password.';
  return new Problem('invalid_document', {
    detail,
    errors: [{ pointer: '/current_password', code: 'invalid_value', detail }],
  });
};
