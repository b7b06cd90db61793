import { isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { pointerStep, type Place } from './catalogue-entry';
import { INDEXED_DEPTH, UnreadableText, type ParsedText } from './parsed-text';

/**
 * Parses a stream of YAML 1.2 documents (core schema: dates stay text).
 * @throws UnreadableText `malformed_yaml` with the line of the first error
 */
export function parseYaml(text: string): ParsedText[] {
  const counter = new LineCounter();
  // Unique keys are checked below: there a duplicate has a pointer and costs one document, not the file.
  const documents = parseAllDocuments(text, { lineCounter: counter, uniqueKeys: false, prettyErrors: false });
  if (!Array.isArray(documents)) return []; // the package's mark for "no document at all"
  return documents.map((document) => {
    const error = document.errors[0];
    if (error) throw malformed(counter.linePos(error.pos[0]).line, error.message);
    return { value: plainValue(document, counter), ...scan(document, counter) };
  });
}

/** Aliases come out as the same object twice: whoever changes a document must copy it first. */
function plainValue(document: Document.Parsed, counter: LineCounter): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    // An unresolved alias, or more aliases than the package allows against "billion laughs".
    throw malformed(counter.linePos(document.range[0]).line, (error as Error).message);
  }
}

function scan(document: Document.Parsed, counter: LineCounter): Pick<ParsedText, 'lines' | 'duplicates'> {
  const lines = new Map<string, number>();
  const duplicates: Place[] = [];
  const lineAt = (node: unknown): number => {
    const range = (node as { range?: [number, number, number] | null } | null)?.range;
    return range ? counter.linePos(range[0]).line : 1;
  };
  const walk = (node: unknown, pointer: string, depth: number): void => {
    if (depth <= INDEXED_DEPTH && !isAlias(node)) lines.set(pointer, lineAt(node));
    if (isSeq(node)) node.items.forEach((item, index) => walk(item, pointer + pointerStep(index), depth + 1));
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : String(key);
      const place = { line: lineAt(key), pointer: pointer + pointerStep(name) };
      if (seen.has(name)) duplicates.push(place);
      seen.add(name);
      walk(value, place.pointer, depth + 1);
    }
  };
  walk(document.contents, '', 0);
  return { lines, duplicates };
}

function malformed(line: number, message: string): UnreadableText {
  return new UnreadableText('malformed_yaml', line, `not valid YAML: ${message.split('\n', 1)[0] ?? ''}`);
}
