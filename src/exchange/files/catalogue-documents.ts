import { isObject, pointerStep, refused } from './catalogue-entry';
import type { CatalogueEntry, JsonObject, Place, Resource } from './catalogue-entry';
import { formOf, keyFieldOf, resourceOf } from './document-kind';
import type { ParsedText } from './parsed-text';
import { findBadValue } from './value-guard';

const SECTIONS = ['domains', 'metrics', 'objectives'] as const satisfies Resource[];

/** `{"items":[…]}` or the first MDL's `{"metrics":[…],"objectives":[…]}`: a list of documents, no document. */
export function isContainer(value: JsonObject): boolean {
  // A domain of the first MDL has lists named like sections; its key tells it apart.
  if (resourceOf(value) !== undefined) return false;
  return Array.isArray(value['items']) || SECTIONS.some((section) => Array.isArray(value[section]));
}

/** The documents of a parsed file: an array, a container, or one document. */
export function* documentsOf(parsed: ParsedText): Generator<CatalogueEntry> {
  const { value } = parsed;
  if (Array.isArray(value)) yield* itemsOf(parsed, value, '');
  else if (isObject(value) && isContainer(value)) yield* containedIn(parsed, value);
  else yield entryOf(parsed, value, '');
}

function* containedIn(parsed: ParsedText, value: JsonObject): Generator<CatalogueEntry> {
  const above = parsed.duplicates.find(({ pointer }) => pointer.lastIndexOf('/') === 0);
  if (above) {
    yield refused(above, 'duplicate_key', 'the file has this key twice');
    return;
  }
  if (Array.isArray(value['items'])) yield* itemsOf(parsed, value['items'], '/items');
  for (const section of SECTIONS) {
    const items = value[section];
    if (Array.isArray(items)) yield* itemsOf(parsed, items, pointerStep(section), section);
  }
  const headers = Object.keys(value).filter(
    (name) => name !== 'items' && !SECTIONS.some((section) => section === name),
  );
  if (headers.length > 0) {
    const detail = `fields of the file itself, not of a document, are not imported: ${headers.join(', ')}`;
    yield { kind: 'note', line: lineOf(parsed, ''), pointer: '', detail };
  }
}

function* itemsOf(
  parsed: ParsedText,
  items: unknown[],
  pointer: string,
  section?: Resource,
): Generator<CatalogueEntry> {
  for (const [index, item] of items.entries()) yield entryOf(parsed, item, pointer + pointerStep(index), section);
}

/**
 * Judges one document: what it is, and whether it can be read without guessing.
 * @param section the list of a first MDL catalogue it stands in, which then decides what it is
 */
export function entryOf(parsed: ParsedText, document: unknown, pointer: string, section?: Resource): CatalogueEntry {
  const place: Place = { line: lineOf(parsed, pointer), pointer };
  const duplicate = parsed.duplicates.find((found) => found.pointer.startsWith(`${pointer}/`));
  if (duplicate) return refused(duplicate, 'duplicate_key', 'the document has this key twice');
  if (!isObject(document)) return refused(place, 'not_an_object', 'a document must be an object');
  const bad = findBadValue(document);
  if (bad) return refused({ line: place.line, pointer: pointer + bad.pointer }, bad.code, bad.detail);
  const resource = section ?? resourceOf(document);
  if (!resource) {
    return refused(place, 'unknown_document', 'no metric_id, domain_id or objective_id says what this is');
  }
  const form = formOf(resource, document, section !== undefined);
  const field = keyFieldOf(resource, form, document);
  const key = document[field];
  if (typeof key === 'string' && key.trim() !== '') return { kind: 'record', ...place, resource, form, document };
  const at = { line: place.line, pointer: pointer + pointerStep(field) };
  if (key === undefined || key === null || typeof key === 'string') {
    return refused(at, 'missing_key', `${field} is empty: an unfilled template is no document`);
  }
  return refused(at, 'invalid_key', `${field} must be text; put it in quotes`);
}

/** The line of a value, or of the nearest one around it. */
function lineOf(parsed: ParsedText, pointer: string): number {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const line = parsed.lines.get(at);
    if (line !== undefined) return line;
  }
  return parsed.lines.get('') ?? 1;
}
