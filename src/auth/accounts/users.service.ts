import { Injectable } from '@nestjs/common';
import { type FindOneOptions, IsNull, Not } from 'typeorm';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import type { Principal } from '../../identity/principal';
import { Problem } from '../../problems/problem';
import { PoolShare } from '../../throttling/pool-share';
import { AuditLog } from '../audit/audit-log';
import type { ChangePasswordDto, CreateUserDto, UpdateUserDto } from './accounts.dto';
import { PasswordAttempts } from './password-attempts';
import { PasswordHashing } from './password-hashing';
import { rejectWeakPassword } from './password-rules';
import { Session } from './session.entity';
import { NAME_PATTERN, User } from './user.entity';

const NAME = new RegExp(NAME_PATTERN);

/** The columns that the API shows. */
const SHOWN = {
  name: true,
  role: true,
  created_by: true,
  created_at: true,
  password_changed_at: true,
  last_signed_in_at: true,
  disabled_at: true,
} as const;

export type ShownUser = Pick<User, keyof typeof SHOWN>;

/** The principal's id in revisions, rate limits, logs and the audit log. */
export const principalIdOf = (name: string): string => `user:${name}`;

/** The name in the id of a user's principal. */
export const userNameOf = ({ id }: Principal): string => id.slice(principalIdOf('').length);

/** Creates, lists and changes users, and the password of the user who is signed in. */
@Injectable()
export class Users {
  constructor(
    private readonly database: Database,
    private readonly hashing: PasswordHashing,
    private readonly attempts: PasswordAttempts,
    private readonly audit: AuditLog,
    private readonly share: PoolShare,
  ) {}

  /** @throws Problem 409 `conflict`, 422 `invalid_document` for a weak password */
  async create({ name, role, password }: CreateUserDto, author: Author): Promise<ShownUser> {
    await rejectWeakPassword(password, name, '/password');
    const row = {
      name,
      role,
      password_hash: await this.hashing.hash(password, author.address),
      created_by: author.actor,
    };
    return this.write(author, async () => {
      const result = await this.database.withRepository(User, (users) =>
        users
          .createQueryBuilder()
          .insert()
          .values(row)
          .orIgnore()
          .updateEntity(false)
          .returning(Object.keys(SHOWN))
          .execute(),
      );
      const [created] = result.raw as ShownUser[];
      if (!created) throw new Problem('conflict', { detail: `A user named ${name} already exists.` });
      await this.audit.record({ ...author, action: 'user_created', subject: principalIdOf(name), details: { role } });
      return created;
    });
  }

  /** Lists all users by name, disabled ones too. */
  list(): Promise<ShownUser[]> {
    return this.database.withRepository(User, (users) => users.find({ select: SHOWN, order: { name: 'ASC' } }));
  }

  /**
   * @param options `lock` locks the row until the transaction ends
   * @throws Problem 404 `not_found`
   */
  async get(name: string, options: Pick<FindOneOptions<User>, 'lock'> = {}): Promise<ShownUser> {
    if (!NAME.test(name)) return rejectUnknown();
    const user = await this.database.withRepository(User, (users) =>
      users.findOne({ select: SHOWN, where: { name }, ...options }),
    );
    return user ?? rejectUnknown();
  }

  /**
   * Changes the given members. A new role applies from the next request on. Disabling a user or setting a password ends
   * all sessions of the user.
   *
   * @throws Problem 404 `not_found`, 422 `invalid_document` for a weak password
   */
  async change(name: string, { role, disabled, password }: UpdateUserDto, author: Author): Promise<ShownUser> {
    if (!NAME.test(name)) return rejectUnknown();
    if (password !== undefined) await rejectWeakPassword(password, name, '/password');
    const hash = password === undefined ? undefined : await this.hashing.hash(password, author.address);
    return this.write(author, async () => {
      const before = await this.get(name, { lock: { mode: 'pessimistic_write' } });
      const changes = {
        ...(role !== undefined && role !== before.role && { role }),
        ...(disabled !== undefined &&
          disabled !== isDisabled(before) && { disabled_at: disabled ? () => 'now()' : null }),
        ...(hash !== undefined && { password_hash: hash, password_changed_at: () => 'now()' }),
      };
      if (Object.keys(changes).length === 0) return before;
      const result = await this.database.withRepository(User, (users) =>
        users.update({ name }, changes, { returning: Object.keys(SHOWN) }),
      );
      const [after] = result.raw as [ShownUser];
      if (hash !== undefined || isDisabled(after)) await this.endSessions(name);
      const state = (user: ShownUser) => ({ role: user.role, disabled: isDisabled(user) });
      const details = {
        before: state(before),
        after: state(after),
        ...(hash !== undefined && { password: 'changed' }),
      };
      await this.audit.record({ ...author, action: 'user_changed', subject: principalIdOf(name), details });
      return after;
    });
  }

  /**
   * Changes the password of the user who is signed in, and ends all other sessions. A wrong current password counts as
   * a failed sign-in.
   *
   * @throws Problem 403 `forbidden` for a principal without a session, 422 `invalid_document`, 429 `rate_limited`
   */
  async changeOwnPassword(principal: Principal | null, passwords: ChangePasswordDto, author: Author): Promise<void> {
    if (principal?.session === undefined)
      throw new Problem('forbidden', { detail: 'Only a user who signed in with a password can change it.' });
    const { id, session } = principal;
    const name = userNameOf(principal);
    const currentHash = await this.attempts.run(author.address, name, async () => {
      const hash = await this.passwordHash(name);
      return (await this.hashing.verify(passwords.current_password, hash, author.address)) ? hash : undefined;
    });
    if (currentHash === undefined) {
      await this.audit.record({ ...author, action: 'sign_in_failed', subject: id });
      throw wrongPassword();
    }
    await rejectWeakPassword(passwords.new_password, name, '/new_password');
    const newHash = await this.hashing.hash(passwords.new_password, author.address);
    await this.write(author, async () => {
      // The user first: a concurrent sign-in with the old password waits for the row, or its session is revoked below.
      const { affected } = await this.database.withRepository(User, (users) =>
        users.update(
          { name, password_hash: currentHash, disabled_at: IsNull() },
          { password_hash: newHash, password_changed_at: () => 'now()' },
        ),
      );
      if (affected !== 1) throw wrongPassword();
      await this.endSessions(name, session);
      await this.audit.record({ ...author, action: 'password_changed', subject: id });
    });
  }

  /** The password hash of a user, disabled or not; undefined when there is no such user. */
  async passwordHash(name: string): Promise<string | undefined> {
    const user = await this.database.withRepository(User, (users) =>
      users.findOne({ select: { name: true, password_hash: true }, where: { name } }),
    );
    return user?.password_hash;
  }

  /** Runs a transaction within the client's share of the connection pool, which a wait for a hash must not hold. */
  private write<T>({ actor }: Author, work: () => Promise<T>): Promise<T> {
    return this.share.run(actor, 'write', () => this.database.transaction(work));
  }

  /** Revokes the sessions of a user: all, or all but one. */
  private async endSessions(name: string, except?: string): Promise<void> {
    const open = { user_name: name, revoked_at: IsNull(), ...(except !== undefined && { id: Not(except) }) };
    await this.database.withRepository(Session, (sessions) => sessions.update(open, { revoked_at: () => 'now()' }));
  }
}

const isDisabled = ({ disabled_at }: ShownUser): boolean => disabled_at !== null;

const wrongPassword = () => {
  const detail = 'current_password must be the current password.';
  return Problem.invalid([{ pointer: '/current_password', code: 'invalid_value', detail }]);
};

const rejectUnknown = (): never => {
  throw new Problem('not_found', { detail: 'The user does not exist.' });
};
