import { Choice, Moment, Section, Sections } from '../../validation/properties';
import { Property, type PropertyOptions } from '../../validation/schema';
import { IMPORT_STATES } from '../import/import-records';

const count = (options: PropertyOptions = {}) =>
  Property({ type: 'integer', minimum: 0 }, { required: true, ...options });
const text = (options: PropertyOptions = {}) => Property({ type: 'string' }, { required: true, ...options });
const nullableText = (options: PropertyOptions = {}) =>
  Property({ type: ['string', 'null'] }, { required: true, ...options });
/** At most so many entries of each list; `counts` has the number of all. */
const MAX_LISTED = 1000;

export class ImportTotalsDto {
  @count()
  created!: number;

  @count()
  updated!: number;

  @count()
  unchanged!: number;

  @count()
  refused!: number;
}

export class ImportFileDto extends ImportTotalsDto {
  @text({ example: 'metrics.ndjson' })
  name!: string;
}

/** A place in a file. */
export class ImportNoteDto {
  @text({ example: 'metrics.ndjson' })
  file!: string;

  @count({ description: 'From 1; 0 for the file.' })
  line!: number;

  @text({ description: 'A JSON pointer (RFC 6901).', example: '/tier' })
  pointer!: string;

  @text()
  detail!: string;
}

export class ImportRefusalDto extends ImportNoteDto {
  @text({ description: 'Stable; for programs.', example: 'invalid_value' })
  code!: string;

  @Property({ type: 'string' }, { description: 'The key of the document, where it could be read.' })
  key?: string;

  @Property({ type: 'string' }, { description: 'JSON text of at most 100 characters.', example: '"tier-9"' })
  value?: string;
}

export class ImportLossDto extends ImportNoteDto {
  @text({ example: 'saved_queries' })
  name!: string;

  @count()
  count!: number;
}

class ImportDocumentDto {
  @text({ example: 'metrics' })
  resource!: string;

  @text({ example: 'monthly-recurring-revenue' })
  key!: string;
}

export class ImportConflictDto extends ImportDocumentDto {
  @text({ description: 'A JSON pointer (RFC 6901).', example: '/description' })
  member!: string;

  @nullableText({ description: 'JSON text of at most 100 characters; null for an absent value.' })
  base!: string | null;

  @nullableText()
  local!: string | null;

  @nullableText()
  source!: string | null;

  @Choice(['local', 'source'], { required: true })
  kept!: string;
}

export class ImportDanglingDto extends ImportDocumentDto {
  @text({ example: '/depends_on/0' })
  pointer!: string;

  @text({ example: 'metrics/new-mrr' })
  to!: string;
}

export class ImportRemovedDto extends ImportDocumentDto {
  @Choice(['reported', 'flagged', 'deprecated', 'left'], { required: true })
  action!: string;

  @Property({ type: 'string' })
  detail?: string;
}

/** The result of an import. */
export class ImportReportDto {
  @nullableText({ example: 'dbt-finance' })
  source!: string | null;

  @text({ example: 'merge' })
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

  @Sections(() => ImportFileDto, { max: MAX_LISTED, required: true })
  files!: ImportFileDto[];

  @Sections(() => ImportRefusalDto, { max: MAX_LISTED, required: true })
  refused!: ImportRefusalDto[];

  @Sections(() => ImportConflictDto, { max: MAX_LISTED, required: true })
  conflicts!: ImportConflictDto[];

  @Sections(() => ImportDanglingDto, { max: MAX_LISTED, required: true })
  dangling!: ImportDanglingDto[];

  @Sections(() => ImportLossDto, { max: MAX_LISTED, required: true, description: 'What documents have no place for.' })
  losses!: ImportLossDto[];

  @Sections(() => ImportRemovedDto, { max: MAX_LISTED, required: true })
  removed!: ImportRemovedDto[];

  @Sections(() => ImportNoteDto, { max: MAX_LISTED, required: true })
  notes!: ImportNoteDto[];
}

export class ImportErrorDto {
  @text({ example: 'database_unavailable' })
  code!: string;

  @text()
  detail!: string;
}

/** An import without its report. */
export class ImportSummaryDto {
  @Property({ type: 'string', format: 'uuid' }, { required: true, example: '01932f5e-7c1a-4e7a-9d3b-6f0e4f7d2a11' })
  id!: string;

  @nullableText({ example: 'dbt-finance' })
  source!: string | null;

  @Choice(IMPORT_STATES, { required: true, description: 'refused: nothing was written.', example: 'done' })
  state!: string;

  @text({ example: 'key:0123456789ab' })
  actor!: string;

  @count({ description: 'Documents.' })
  processed!: number;

  @count({ description: 'Documents.' })
  total!: number;

  @Moment({ required: true, example: '2026-11-02T09:30:00.000Z' })
  created_at!: string;

  @Property({ type: ['string', 'null'], format: 'date-time' }, { required: true })
  finished_at!: string | null;
}

export class ImportDto extends ImportSummaryDto {
  @Property(
    { anyOf: [{ $ref: '#/components/schemas/ImportReportDto' }, { type: 'null' }] },
    { required: true, description: 'null until the import has ended.' },
  )
  report!: ImportReportDto | null;

  @Property({ anyOf: [{ $ref: '#/components/schemas/ImportErrorDto' }, { type: 'null' }] }, { required: true })
  error!: ImportErrorDto | null;
}

export class ImportListDto {
  @Property({ type: 'array', items: { $ref: '#/components/schemas/ImportSummaryDto' } }, { required: true })
  data!: ImportSummaryDto[];
}
