import { Choice, Moment, Section, Sections } from '../../validation/properties';
import { Property, type PropertyOptions } from '../../validation/schema';
import { IMPORT_STATES } from '../import/import-records';

const count = (options: PropertyOptions = {}) =>
  Property({ type: 'integer', minimum: 0 }, { required: true, ...options });
const text = (options: PropertyOptions = {}) => Property({ type: 'string' }, options);
const nullable = (options: PropertyOptions = {}) => Property({ type: ['string', 'null'] }, options);

export class ImportTotalsDto {
  @count({ example: 12 })
  created!: number;

  @count()
  updated!: number;

  @count()
  unchanged!: number;

  @count()
  refused!: number;
}

export class ImportFileDto extends ImportTotalsDto {
  @text({ required: true, example: 'metrics.ndjson' })
  name!: string;
}

/** An entry of a list in a report. It has a place in a file, or the key of a document. */
export class ImportEntryDto {
  @text({ example: 'metrics.ndjson' })
  file?: string;

  @count({ required: false, description: 'From 1; 0 for the file.' })
  line?: number;

  @text({ description: 'A JSON pointer (RFC 6901).', example: '/tier' })
  pointer?: string;

  @text({ description: 'Why a document was refused. Stable.', example: 'invalid_value' })
  code?: string;

  @text()
  detail?: string;

  @text()
  resource?: string;

  @text({ example: 'monthly-recurring-revenue' })
  key?: string;

  @text({ description: 'The refused value: JSON text of at most 100 characters, as base, local and source.' })
  value?: string;

  @text({ description: 'The member in conflict: a JSON pointer.' })
  member?: string;

  @nullable()
  base?: string | null;

  @nullable()
  local?: string | null;

  @nullable()
  source?: string | null;

  @text({ description: 'Whose value a conflict kept: local or source.' })
  kept?: string;

  @text({ description: 'The missing document of a dangling reference.' })
  to?: string;

  @text({ description: 'What a loss is in the format.' })
  name?: string;

  @count({ required: false })
  count?: number;

  @text({ description: 'For a removed document: reported, flagged, deprecated or left.' })
  action?: string;
}

const Entries = (description?: string) =>
  Sections(() => ImportEntryDto, { max: 1000, required: true, ...(description !== undefined && { description }) });

/** The result of an import. */
export class ImportReportDto {
  @nullable({ required: true, example: 'dbt-finance' })
  source!: string | null;

  @text({ required: true, example: 'merge' })
  mode!: string;

  @Property({ type: 'boolean' }, { required: true })
  dry_run!: boolean;

  @Property({ type: 'boolean' }, { required: true, description: 'Whether the accepted documents were written.' })
  written!: boolean;

  @Section(() => ImportTotalsDto, { required: true })
  totals!: ImportTotalsDto;

  @Property(
    { type: 'object' },
    { required: true, description: 'The number of entries of each list, also those that are not listed.' },
    { additionalProperties: { type: 'integer' } },
  )
  counts!: Record<string, number>;

  @Sections(() => ImportFileDto, { max: 1000, required: true })
  files!: ImportFileDto[];

  @Entries()
  refused!: ImportEntryDto[];

  @Entries()
  conflicts!: ImportEntryDto[];

  @Entries('References to keys that no document has.')
  dangling!: ImportEntryDto[];

  @Entries('What documents have no place for.')
  losses!: ImportEntryDto[];

  @Entries('What the source no longer has.')
  removed!: ImportEntryDto[];

  @Entries()
  notes!: ImportEntryDto[];
}

/** An import. In a list it has no report. */
export class ImportDto {
  @Property({ type: 'string', format: 'uuid' }, { required: true, example: '01932f5e-7c1a-4e7a-9d3b-6f0e4f7d2a11' })
  id!: string;

  @nullable({ required: true, example: 'dbt-finance' })
  source!: string | null;

  @Choice(IMPORT_STATES, { required: true, description: 'refused: nothing was written.', example: 'done' })
  state!: string;

  @text({ required: true, example: 'key:0123456789ab' })
  actor!: string;

  @count({ description: 'Documents.' })
  processed!: number;

  @count({ description: 'Documents.' })
  total!: number;

  @Moment({ required: true, example: '2026-11-02T09:30:00.000Z' })
  created_at!: string;

  @Property({ type: ['string', 'null'], format: 'date-time' }, { required: true })
  finished_at!: string | null;

  @Property(
    { anyOf: [{ $ref: '#/components/schemas/ImportReportDto' }, { type: 'null' }] },
    { description: 'null until the import has ended.' },
  )
  report?: ImportReportDto | null;

  @Property(
    { anyOf: [{ type: 'object', additionalProperties: { type: 'string' } }, { type: 'null' }] },
    { description: 'The code and detail of a failure.' },
  )
  error?: { code: string; detail: string } | null;
}

export class ImportListDto {
  @Property({ type: 'array', items: { $ref: '#/components/schemas/ImportDto' } }, { required: true })
  data!: ImportDto[];
}
