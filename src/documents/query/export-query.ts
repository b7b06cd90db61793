import { JSON_TYPE, NDJSON_TYPE } from '../../body/media-types';
import { preferredType } from '../../routing/accept';
import { parseQuery, type QueryParser } from '../../routing/query-parameters';
import { invalidValue, quote, type Violation } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import { EXPORT_FORMATS, type ExportFormatName, type ExportOptions, formatsOf } from '../definition/export-format';
import { filterNamesOf, listQuery, type ListQuery, memberNamesOf } from './list-query';

/** The query parameters of an export beside the filters, with their descriptions. */
export const EXPORT_PARAMETERS = {
  format: 'The format; by default CSV where `Accept` prefers it, else mdl.',
  losses: 'Report what the format cannot express, instead of the documents.',
  bom: 'Start a CSV with a byte order mark.',
} as const;

/** The query parser of an export: the filters of a list without pagination, and the format. */
export function exportQuery(definition: DocumentDefinition): QueryParser<ListQuery> {
  const filters = [...filterNamesOf(definition), 'include_deleted'];
  const known = [...filters, ...Object.keys(EXPORT_PARAMETERS)];
  const list = listQuery(definition);
  return {
    parse: (query) =>
      parseQuery(
        query,
        [...known, ...memberNamesOf(definition, query)],
        ({ format, losses, bom, ...rest }, violations) => ({
          ...list.parse(rest),
          export: readOptions(definition, { format, losses, bom }, violations),
        }),
      ),
  };
}

function readOptions(
  definition: DocumentDefinition,
  { format, losses, bom }: Record<keyof typeof EXPORT_PARAMETERS, string | undefined>,
  violations: Violation[],
): ExportOptions {
  const flag = (name: string, input = 'false') => {
    if (input !== 'true' && input !== 'false') violations.push(invalidValue(name, `${name} must be true or false.`));
    return input === 'true';
  };
  const formats = formatsOf(definition);
  if (format !== undefined && !formats.some((name) => name === format)) {
    const others = Object.keys(EXPORT_FORMATS).includes(format)
      ? `The format ${format} cannot describe ${definition.resource}. It can be exported as`
      : `There is no format ${quote(format)}. Known formats are`;
    violations.push(invalidValue('format', `${others} ${formats.join(', ')}.`));
  }
  return {
    format: format as ExportFormatName | undefined,
    losses: flag('losses', losses),
    bom: flag('bom', bom),
  };
}

/** The media types of the exports of a resource. */
export const exportTypes = (definition: DocumentDefinition): string[] => [
  ...new Set([...formatsOf(definition).map((format) => EXPORT_FORMATS[format]), JSON_TYPE]),
];

/** Sets the format of an export that its query does not name, by the header `Accept` (RFC 9110, 12.5.1). */
export function withAcceptedFormat(query: ListQuery, accept: string | undefined): ListQuery {
  const { export: options } = query;
  if (!options || options.format !== undefined) return query;
  // Several formats are YAML, so that type alone names none.
  const type = preferredType(accept, [NDJSON_TYPE, EXPORT_FORMATS.csv]);
  return { ...query, export: { ...options, format: type === EXPORT_FORMATS.csv ? 'csv' : 'mdl' } };
}
