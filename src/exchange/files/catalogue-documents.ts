import { pointerStep } from '../../validation/violation';
import type { Resources } from '../resources';
import { type CatalogueEntry, type FirstMdlResource, isObject, type JsonObject, refused } from './catalogue-entry';
import { kindOf, resourceOf, SECTIONS } from './document-kind';
import type { ParsedText } from './parsed-text';

/** Whether a value is a list of documents: `{"items":[…]}`, or `{"metrics":[…],"objectives":[…]}` of the first MDL. */
export function isContainer(value: JsonObject, resources: Resources): boolean {
  // A domain of the first MDL has lists with the names of sections. It also has a key.
  if (resourceOf(value, resources) !== undefined) return false;
  return Array.isArray(value['items']) || SECTIONS.some((section) => Array.isArray(value[section]));
}

/** Reads the documents of a parsed file: an array, a container or a single document. */
export function* documentsOf(parsed: ParsedText, resources: Resources): Generator<CatalogueEntry> {
  const { value } = parsed;
  if (Array.isArray(value)) yield* itemsOf(parsed, resources, value, '');
  else if (isObject(value) && isContainer(value, resources)) yield* containedIn(parsed, resources, value);
  else yield entryOf(parsed, resources, value, '');
}

function* containedIn(parsed: ParsedText, resources: Resources, value: JsonObject): Generator<CatalogueEntry> {
  if (parsed.duplicateMember) {
    yield refused(parsed.duplicateMember, 'duplicate_key', 'The file has this member twice.');
    return;
  }
  if (Array.isArray(value['items'])) yield* itemsOf(parsed, resources, value['items'], '/items');
  for (const section of SECTIONS) {
    const items = value[section];
    if (Array.isArray(items)) yield* itemsOf(parsed, resources, items, pointerStep(section), section);
  }
  const headers = Object.keys(value).filter(
    (name) => name !== 'items' && !SECTIONS.some((section) => section === name),
  );
  if (headers.length > 0) {
    const detail = `These members of the file are not part of a document and are not imported: ${headers.join(', ')}.`;
    yield { kind: 'note', line: parsed.lineOf(''), pointer: '', detail };
  }
}

function* itemsOf(
  parsed: ParsedText,
  resources: Resources,
  items: unknown[],
  pointer: string,
  section?: FirstMdlResource,
): Generator<CatalogueEntry> {
  for (const [index, item] of items.entries())
    yield entryOf(parsed, resources, item, pointer + pointerStep(index), section);
}

/**
 * Checks one document of a file and finds out what it is.
 * @param section the list of a first MDL catalogue that the document is in
 */
export function entryOf(
  parsed: ParsedText,
  resources: Resources,
  document: unknown,
  pointer: string,
  section?: FirstMdlResource,
): CatalogueEntry {
  const place = { line: parsed.lineOf(pointer), pointer };
  if (!isObject(document)) return refused(place, 'not_an_object', 'A document must be a JSON object.');
  const violation = parsed.findViolation(pointer, document);
  if (violation) return { kind: 'refused', ...violation };
  const kind = kindOf(document, resources, section);
  if (!kind) {
    const members = resources.inOrder.map(({ keyMember }) => keyMember).join(', ');
    return refused(place, 'unknown_document', `A document must have one of the key members ${members}.`);
  }
  const { keyField, ...rest } = kind;
  const key = document[keyField];
  if (typeof key === 'string' && key.trim() !== '') return { kind: 'record', ...place, ...rest, document };
  const at = { line: place.line, pointer: pointer + pointerStep(keyField) };
  if (key === '' && (document['name'] ?? document['title']) === '')
    return refused(at, 'empty_template', `${keyField} and the name are empty. Fill in the template first.`);
  if (key === undefined || key === null || typeof key === 'string')
    return refused(at, 'missing_key', `${keyField} must not be empty.`);
  return refused(at, 'invalid_key', `${keyField} must be a string. Write it in quotes.`);
}
