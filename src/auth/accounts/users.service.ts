import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Problem } from '../../problems/problem';
import { AuditLog } from '../audit/audit-log';
import type { CreateUserDto, UpdateUserDto } from './accounts.dto';
import { PasswordHashing } from './password-hashing';
import { refuseWeakPassword } from './password-rules';
import { NAME_PATTERN, type User } from './user.entity';

/** What cannot be a name need not be looked up. */
const NAME = new RegExp(NAME_PATTERN);

const SHOWN = 'name, role, created_by, created_at, password_changed_at, last_signed_in_at, disabled_at';

export type ShownUser = Omit<User, 'password_hash'>;

/** What revisions, limits and the audit log know a user by. */
export const subjectOf = (name: string): string => `user:${name}`;

/** Makes, shows and changes users: what admins do. */
@Injectable()
export class Users {
  constructor(
    private readonly database: Database,
    private readonly hashing: PasswordHashing,
    private readonly audit: AuditLog,
  ) {}

  /** @throws Problem 409 `conflict`, 422 `invalid_document` for a weak password */
  async create({ name, role, password }: CreateUserDto, author: Author): Promise<ShownUser> {
    await refuseWeakPassword(password, name, '/password');
    const hash = await this.hashing.hash(password);
    return this.database.transaction(async () => {
      const [made] = await this.database.query<ShownUser>(
        `INSERT INTO users (name, role, password_hash, created_by) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING RETURNING ${SHOWN}`,
        [name, role, hash, author.actor],
      );
      if (!made) throw new Problem('conflict', { detail: `There is a user ${name} already.` });
      await this.audit.record({ ...author, action: 'user_created', subject: subjectOf(name), details: { role } });
      return made;
    });
  }

  /** All users, disabled ones too, by name. */
  list(): Promise<ShownUser[]> {
    return this.database.query<ShownUser>(`SELECT ${SHOWN} FROM users ORDER BY name`);
  }

  /** @throws Problem 404 `not_found` */
  async get(name: string): Promise<ShownUser> {
    if (!NAME.test(name)) return unknown();
    const [user] = await this.database.query<ShownUser>(`SELECT ${SHOWN} FROM users WHERE name = $1`, [name]);
    return user ?? unknown();
  }

  /**
   * Changes what is given. A new role holds from the next request on; to be disabled, or given another password, ends all
   * sessions.
   *
   * @throws Problem 404 `not_found`, 422 `invalid_document` for a weak password
   */
  async change(name: string, { role, disabled, password }: UpdateUserDto, author: Author): Promise<ShownUser> {
    if (!NAME.test(name)) return unknown();
    if (password !== undefined) await refuseWeakPassword(password, name, '/password');
    const hash = password === undefined ? null : await this.hashing.hash(password);
    return this.database.transaction(async () => {
      const [before] = await this.database.query<User>(`SELECT * FROM users WHERE name = $1 FOR UPDATE`, [name]);
      if (!before) return unknown();
      const [after] = await this.database.query<ShownUser>(
        `UPDATE users SET role = coalesce($2, role), password_hash = coalesce($3, password_hash),
           password_changed_at = CASE WHEN $3::text IS NULL THEN password_changed_at ELSE now() END,
           disabled_at = CASE $4::boolean WHEN true THEN coalesce(disabled_at, now()) WHEN false THEN NULL ELSE disabled_at END
         WHERE name = $1 RETURNING ${SHOWN}`,
        [name, role ?? null, hash, disabled ?? null],
      );
      if (!after) return unknown();
      if (hash !== null || after.disabled_at) await this.endSessions(name);
      const isChanged = hash !== null || before.role !== after.role || !before.disabled_at !== !after.disabled_at;
      if (!isChanged) return after;
      const state = ({ role, disabled_at }: ShownUser) => ({ role, disabled: disabled_at !== null });
      const details = { before: state(before), after: state(after), ...(hash !== null && { password: 'changed' }) };
      await this.audit.record({ ...author, action: 'user_changed', subject: subjectOf(name), details });
      return after;
    });
  }

  /** The hash of a user's password, disabled or not; undefined where there is no such user. */
  async passwordHash(name: string): Promise<string | undefined> {
    const [user] = await this.database.query<{ hash: string }>(
      'SELECT password_hash AS hash FROM users WHERE name = $1',
      [name],
    );
    return user?.hash;
  }

  /** Ends the sessions of a user, all or all but one. */
  async endSessions(name: string, except: string | null = null): Promise<void> {
    await this.database.query(
      `UPDATE sessions SET revoked_at = now()
       WHERE user_name = $1 AND revoked_at IS NULL AND id IS DISTINCT FROM $2::uuid`,
      [name, except],
    );
  }
}

const unknown = (): never => {
  throw new Problem('not_found', { detail: 'There is no such user.' });
};
