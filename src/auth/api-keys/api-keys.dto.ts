import { Choice, Moment, Text } from '../../validation/properties';
import { Property } from '../../validation/schema';
import { type Role, ROLES } from '../../identity/principal';
import { NullableMoment, ResponseText } from '../response-properties';

/** The form of the id of an API key. */
export const API_KEY_ID = { type: 'string', pattern: '^[0-9a-f]{12}$' } as const;

export class CreateApiKeyDto {
  @Text({ max: 200, required: true, description: 'The purpose of the key.', example: 'Nightly export' })
  name!: string;

  @Choice(ROLES, { required: true, example: 'viewer' })
  role!: Role;

  @Property(
    { type: ['string', 'null'], format: 'date-time' },
    { description: 'When the key expires: after API_KEY_DAYS days (a year) by default, never if null.' },
  )
  expires_at?: string | null;
}

export class ApiKeyDto {
  @Property(API_KEY_ID, { required: true, example: '4f6c1e9a0b2d' })
  id!: string;

  @Text({ max: 200, required: true, example: 'Nightly export' })
  name!: string;

  @Choice(ROLES, { required: true, example: 'viewer' })
  role!: Role;

  @NullableMoment()
  expires_at!: string | null;

  @Text({ max: 200, required: true, description: 'The principal that created the key.', example: 'key:0123456789ab' })
  created_by!: string;

  @Moment({ required: true, example: '2026-11-14T16:05:12.481Z' })
  created_at!: string;

  @NullableMoment({ description: 'Accurate to one minute.' })
  last_used_at!: string | null;

  @NullableMoment()
  revoked_at!: string | null;
}

export class CreatedApiKeyDto extends ApiKeyDto {
  @ResponseText({
    description: 'The text of the key, shown once. Send it as `Authorization: Bearer <key>`.',
    example: 'mdl_live_4f6c1e9a0b2d_…',
  })
  key!: string;
}

export class ApiKeyListDto {
  @Property({ type: 'array', items: { $ref: '#/components/schemas/ApiKeyDto' } }, { required: true })
  data!: ApiKeyDto[];
}
