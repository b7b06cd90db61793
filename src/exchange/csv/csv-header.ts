import { parse } from 'csv-parse/sync';
import { isForbiddenName } from '../../body/json-scan';
import type { DocumentDefinition } from '../../documents/definition/document-definition';
import type { Resources } from '../resources';
import { columnsOf, type CsvColumn } from './csv-columns';

const DELIMITERS = [',', ';', '\t'];
/** Longer first lines are no header: some hundred names. */
const MAX_HEADER = 65_536;
const MAX_COLUMNS = 1000;

/** Finds the delimiter with which a line is the header of documents: one cell is the key member of a resource. */
export function detectDelimiter(line: string, resources: Resources): string | undefined {
  if (line.length > MAX_HEADER || /^[[{]/.test(line)) return undefined;
  return DELIMITERS.find((delimiter) => {
    if (!line.includes(delimiter)) return false;
    const names = cellsOf(line, delimiter).map(nameOf);
    return resources.inOrder.some(({ keyMember }) => names.includes(keyMember));
  });
}

/** The delimiter of a line that is the header of something else: the most frequent one. */
export const mostFrequentDelimiter = (line: string): string =>
  DELIMITERS.toSorted((a, b) => line.split(b).length - line.split(a).length)[0] ?? ',';

function cellsOf(line: string, delimiter: string): string[] {
  try {
    return parse(line, { delimiter })[0] ?? [];
  } catch {
    return [];
  }
}

/** Headers match without regard to case and outer spaces. */
const nameOf = (cell: string) => cell.trim().toLowerCase();

/** What the cells at an index mean; undefined for a blank header. */
export type HeaderColumn = (CsvColumn & { isKnown: boolean }) | undefined;

export interface Header {
  definition: DocumentDefinition;
  columns: HeaderColumn[];
}

/** @returns what is wrong, for people, with a code */
export function readHeader(cells: readonly string[], resources: Resources): Header | { code: string; detail: string } {
  const names = cells.map(nameOf);
  const definition = resources.find(Object.fromEntries(names.map((name) => [name, true])));
  if (!definition) {
    const keys = resources.inOrder.map(({ keyMember }) => keyMember).join(', ');
    return { code: 'unknown_document', detail: `The first row must name the columns, one of them ${keys}.` };
  }
  if (names.length > MAX_COLUMNS)
    return { code: 'too_long', detail: `The first row must have at most ${MAX_COLUMNS} columns.` };
  const duplicate = names.find((name, index) => name !== '' && names.indexOf(name) < index);
  if (duplicate !== undefined)
    return { code: 'duplicate_column', detail: `The column ${duplicate} occurs twice in the first row.` };
  const known = new Map(columnsOf(definition).map((column) => [column.name, column]));
  const columns = cells.map((cell, index): HeaderColumn => {
    const column = known.get(names[index] ?? '');
    if (column) return { ...column, isKnown: true };
    const name = cell.trim();
    if (name === '') return undefined;
    const path = name.startsWith('extra.') ? ['extra', name.slice('extra.'.length)] : [name];
    return { name, path, kind: 'text', opensSection: false, isKnown: false };
  });
  const forbidden = columns.find((column) => column?.path.some(isForbiddenName));
  if (forbidden) return { code: 'forbidden_key', detail: `The column name ${forbidden.name} is not allowed.` };
  return { definition, columns };
}
