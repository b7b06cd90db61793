import { CSV_TYPE, NDJSON_TYPE, YAML_TYPE } from '../../body/media-types';

/** The formats of an export with their media types. `mdl` is the form of this service, and the default. */
export const EXPORT_FORMATS = { mdl: NDJSON_TYPE, csv: CSV_TYPE, dbt: YAML_TYPE, ossie: YAML_TYPE } as const;

export type ExportFormatName = keyof typeof EXPORT_FORMATS;

/** A format of other software. It can describe some resources only (`DocumentDefinition.formats`). */
export type ForeignFormat = Exclude<ExportFormatName, 'mdl' | 'csv'>;

/** How an export is written. */
export interface ExportOptions {
  /** Undefined where neither the query nor the header `Accept` names one: mdl. */
  format?: ExportFormatName | undefined;
  /** Report what the format cannot express instead of the documents. */
  losses: boolean;
  /** Start a CSV with a byte order mark, by which spreadsheets recognise UTF-8. */
  bom: boolean;
}

/** The formats in which a resource can be exported. */
export const formatsOf = ({ formats = [] }: { formats?: readonly ForeignFormat[] }): ExportFormatName[] => [
  'mdl',
  'csv',
  ...formats,
];
