import { Choice, Key, KEY_PATTERN, Moment, Whole } from '../../validation/properties';
import { Property } from '../../validation/schema';
import { FORMAT_NAMES } from '../formats';
import {
  CONFLICT_RULES,
  type ConflictRule,
  PRUNE_ACTIONS,
  type PruneAction,
  type SourceSettings,
  STATUS_POLICIES,
  type StatusPolicy,
} from './source';

/** The settings of a source. */
export class SourceSettingsDto implements SourceSettings {
  @Property(
    { type: ['string', 'null'], enum: [...FORMAT_NAMES, null] },
    { description: 'The format of its files; found by their content by default.', example: 'mdl' },
  )
  format?: string | null;

  @Property(
    { type: ['string', 'null'], pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
    { description: 'Begins the keys of its documents.', example: 'dbt.' },
  )
  key_prefix?: string | null;

  @Property(
    { type: ['string', 'null'], pattern: KEY_PATTERN },
    { description: 'The domain of documents that have none.', example: 'revenue' },
  )
  default_domain?: string | null;

  @Property(
    { type: ['string', 'null'], minLength: 1, maxLength: 500 },
    { description: 'The owner of documents that have none.', example: 'Finance Analytics' },
  )
  default_owner?: string | null;

  @Choice(STATUS_POLICIES, { description: 'keep: documents keep their status, new ones are drafts.', example: 'keep' })
  status_policy?: StatusPolicy;

  @Choice(PRUNE_ACTIONS, { description: 'For documents that the source no longer has.', example: 'report' })
  prune?: PruneAction;

  @Choice(CONFLICT_RULES, { description: 'For members that both sides have changed.', example: 'local' })
  on_conflict?: ConflictRule;
}

const setting = Property({ type: ['string', 'null'] }, { required: true });

/** A source of repeated imports, with its settings. */
export class SourceDto {
  @Key({ required: true, example: 'dbt-finance' })
  key!: string;

  @setting
  format!: string | null;

  @setting
  key_prefix!: string | null;

  @setting
  default_domain!: string | null;

  @setting
  default_owner!: string | null;

  @setting
  status_policy!: string;

  @setting
  prune!: string;

  @setting
  on_conflict!: string;

  @Whole({ minimum: 0, required: true, description: 'The documents that it has or had.', example: 120 })
  documents!: number;

  @Moment({ required: true, example: '2026-11-02T09:30:00.000Z' })
  created_at!: string;

  @Moment({ required: true, example: '2026-11-02T09:30:00.000Z' })
  updated_at!: string;
}

export class SourceListDto {
  @Property({ type: 'array', items: { $ref: '#/components/schemas/SourceDto' } }, { required: true })
  data!: SourceDto[];
}
