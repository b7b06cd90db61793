import type { CellKind } from './csv-columns';

/**
 * A text that a spreadsheet would run as a formula (OWASP, CSV injection), with any apostrophes before it. The wide
 * forms of the signs count too.
 */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
/** `{}` is a section without members, `[]` an empty list; a backslash before them makes them text. */
const MARKER = /^\\*(?:\{\}|\[\])$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Formats a value for a cell. `parseCell` is its inverse. */
export function formatCell(value: unknown, kind: CellKind): string {
  if (value === undefined) return '';
  if (kind === 'text' && typeof value === 'string') return guard(value);
  if (kind !== 'list' || !Array.isArray(value)) return JSON.stringify(value);
  if (value.length === 0) return '[]';
  return guard(value.map((item) => String(item).replaceAll(/[\\|]/g, '\\$&')).join('|'));
}

/**
 * Parses a cell that is not empty. A cell without the form of its column stays text; the validation of the document
 * refuses it.
 */
export function parseCell(cell: string, kind: CellKind): unknown {
  if (kind === 'number') return NUMBER.test(cell) || cell === 'null' ? JSON.parse(cell) : cell;
  if (kind === 'flag') return /^(?:true|false)$/i.test(cell) ? cell.toLowerCase() === 'true' : cell;
  if (kind === 'json') return parseJson(cell);
  if (kind === 'list') return cell === '[]' ? [] : splitList(unguard(cell));
  return unguard(cell);
}

/** Whether a cell has JSON syntax, so that the rules for JSON apply to it. */
export const isJsonCell = (cell: string, kind: CellKind): boolean =>
  kind === 'json' || (kind === 'number' && NUMBER.test(cell));

/** Makes a text safe for spreadsheets and different from the markers; reversible for every text. */
function guard(text: string): string {
  const marked = MARKER.test(text) ? `\\${text}` : text;
  return FORMULA.test(marked) ? `'${marked}` : marked;
}

function unguard(cell: string): string {
  const text = cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
  return text.startsWith('\\') && MARKER.test(text) ? text.slice(1) : text;
}

/** Splits at `|`. A backslash before `|` or a backslash makes it part of the value; before others it is text. */
function splitList(text: string): string[] {
  const items = [''];
  for (const [part] of text.matchAll(/\\[\\|]|[^\\|]+|[\\|]/g)) {
    if (part === '|') items.push('');
    else items[items.length - 1] += /^\\[\\|]/.test(part) ? part.slice(1) : part;
  }
  return items;
}

function parseJson(cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
}
