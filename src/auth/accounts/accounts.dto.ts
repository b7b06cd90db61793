import { Choice, Flag, Moment, Text } from '../../validation/properties';
import { Property, type PropertyOptions } from '../../validation/schema';
import { type Role, ROLES } from '../../identity/principal';
import { NullableMoment, ResponseText } from '../response-properties';
import { ACCESS_TOKEN_SECONDS } from './access-tokens';
import { EXAMPLE_PASSWORD, MAX_LENGTH, MIN_LENGTH } from './password-rules';
import { NAME_PATTERN } from './user.entity';

/** A present password. Normalized, it may be shorter than the text that was given. */
const Password = (options: PropertyOptions) =>
  Property({ type: 'string', minLength: 1, maxLength: 1024 }, options, { format: 'password' });

/** A password to set; password-rules.ts checks the rest. */
const NewPassword = (options: PropertyOptions) =>
  Property({ type: 'string', minLength: MIN_LENGTH, maxLength: MAX_LENGTH }, options, { format: 'password' });

const NEW_PASSWORD = `${MIN_LENGTH} to ${MAX_LENGTH} characters of any kind. A password that is easy to guess is rejected.`;

export class SignInDto {
  @Text({ max: 254, required: true, description: 'The user name, in upper or lower case.', example: 'ada@example.com' })
  name!: string;

  @Password({ required: true, example: EXAMPLE_PASSWORD })
  password!: string;
}

export class RefreshDto {
  @Text({
    max: 254,
    required: true,
    description: 'The refresh token of the latest response; it is valid once.',
    example: 'mdl_refresh_…',
  })
  refresh_token!: string;
}

export class TokensDto {
  @ResponseText({ description: 'Send it as `Authorization: Bearer <access_token>`.', example: 'eyJhbGciOiJFZERTQSJ9…' })
  access_token!: string;

  @Choice(['Bearer'], { required: true })
  token_type!: string;

  @Property(
    { type: 'integer' },
    { required: true, description: 'Lifetime of the access token, in seconds.', example: ACCESS_TOKEN_SECONDS },
  )
  expires_in!: number;

  @ResponseText({ description: 'Exchanges for the next pair at `/auth/refresh`, once.', example: 'mdl_refresh_…' })
  refresh_token!: string;

  @Moment({
    required: true,
    description: 'When the session ends; the user then has to sign in again.',
    example: '2026-12-14T16:05:12.481Z',
  })
  session_expires_at!: string;
}

export class ChangePasswordDto {
  @Password({ required: true, description: 'The current password.', example: EXAMPLE_PASSWORD })
  current_password!: string;

  @NewPassword({ required: true, description: NEW_PASSWORD, example: EXAMPLE_PASSWORD })
  new_password!: string;
}

class NameAndRoleDto {
  @Property(
    {
      type: 'string',
      pattern: NAME_PATTERN,
      $comment: 'A name has 1 to 100 lower-case letters, digits and . _ @ + - and starts with a letter or digit.',
    },
    { required: true, example: 'ada@example.com' },
  )
  name!: string;

  @Choice(ROLES, { required: true, example: 'editor' })
  role!: Role;
}

export class CreateUserDto extends NameAndRoleDto {
  @NewPassword({ required: true, description: NEW_PASSWORD, example: EXAMPLE_PASSWORD })
  password!: string;
}

export class UpdateUserDto {
  @Choice(ROLES, { example: 'viewer' })
  role?: Role;

  @Flag({ description: 'A disabled user is rejected from the next request on.', example: false })
  disabled?: boolean;

  @NewPassword({ description: `${NEW_PASSWORD} Ends all sessions of the user.`, example: EXAMPLE_PASSWORD })
  password?: string;
}

export class UserDto extends NameAndRoleDto {
  @Text({ max: 200, required: true, description: 'The principal that created the user.', example: 'key:0123456789ab' })
  created_by!: string;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  created_at!: string;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  password_changed_at!: string;

  @NullableMoment()
  last_signed_in_at!: string | null;

  @NullableMoment()
  disabled_at!: string | null;
}

export class UserListDto {
  @Property({ type: 'array', items: { $ref: '#/components/schemas/UserDto' } }, { required: true })
  data!: UserDto[];
}

export class SessionDto {
  @Property({ type: 'string', format: 'uuid' }, { required: true, example: '5f0c2a4e-8f57-4c8e-9d0b-3f0f5f6a7b10' })
  id!: string;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  created_at!: string;

  @Moment({ required: true, example: '2026-12-14T16:05:12.481Z' })
  expires_at!: string;

  @Flag({ required: true, description: 'Whether this request belongs to it.', example: true })
  current!: boolean;
}

export class SessionListDto {
  @Property({ type: 'array', items: { $ref: '#/components/schemas/SessionDto' } }, { required: true })
  data!: SessionDto[];
}
