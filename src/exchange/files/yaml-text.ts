import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter } from 'yaml';
import { pointerStep } from '../../validation/violation';
import type { Refusal } from './catalogue-entry';
import { parseDocuments } from './yaml-documents';
import { findViolation, nearest, type ParsedText, UnreadableText } from './parsed-text';

/** Values at most this deep are indexed by line: metrics inside models are at `/semantic_model/0/metrics/3`. */
const INDEXED_DEPTH = 4;

/**
 * Parses a stream of YAML 1.2 documents (core schema: dates stay text).
 * @throws UnreadableText `malformed_yaml` with the line of the first error
 */
export function parseYaml(text: string): ParsedText[] {
  const counter = new LineCounter();
  // Duplicate keys are found below: there they have a pointer, and refuse one document instead of the file.
  const documents = parseDocuments(text, counter, { uniqueKeys: false, prettyErrors: false });
  return documents.map((document) => {
    const error = document.errors[0];
    if (error) throw malformed(counter.linePos(error.pos[0]).line, error.message);
    // First, because it limits the aliases that the index follows.
    const value = plainValue(document, counter);
    const { lines, violations } = indexNodes(document, counter);
    const firstInside = firstByPlace(violations);
    const lineOf = (pointer: string) => nearest(lines, pointer) ?? 1;
    return {
      value,
      duplicateMember: violations.find(({ code, pointer }) => code === 'duplicate_key' && isMember(pointer)),
      lineOf,
      findViolation: (pointer, part) =>
        firstInside.get(pointer) ?? findViolation(JSON.stringify(part), pointer, () => lineOf(pointer)),
    };
  });
}

/** The metrics of a dbt model are four steps deep: `/models/0/metrics/0`. The first step is empty. */
const MAX_PLACE = 5;

/** The first violation in each value that is not nested deeper, so that a file with many of them is not searched for each value. */
function firstByPlace(violations: readonly Refusal[]): ReadonlyMap<string, Refusal> {
  const first = new Map<string, Refusal>();
  for (const violation of violations) {
    const steps = violation.pointer.split('/');
    for (let depth = 1; depth <= steps.length && depth <= MAX_PLACE; depth++) {
      const place = steps.slice(0, depth).join('/');
      if (!first.has(place)) first.set(place, violation);
    }
  }
  return first;
}

/** Whether a pointer names a member of the outermost value. */
const isMember = (pointer: string) => pointer.lastIndexOf('/') === 0;

/** Converts a YAML document to plain values. An alias and its anchor share one object. */
function plainValue(document: Document.Parsed, counter: LineCounter): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    // An unresolved alias, or more aliases than the package allows ("billion laughs").
    throw malformed(counter.linePos(document.range[0]).line, (error as Error).message);
  }
}

/**
 * Indexes the outer values by line, and finds what JSON cannot represent: duplicate keys, infinite numbers and cycles.
 */
function indexNodes(document: Document.Parsed, counter: LineCounter) {
  const lines = new Map<string, number>();
  const violations: Refusal[] = [];
  const lineAt = (node: unknown): number => {
    const range = (node as { range?: [number, number, number] | null } | null)?.range;
    return range ? counter.linePos(range[0]).line : 1;
  };
  const open = new Set<unknown>();
  const report = (node: unknown, pointer: string, code: string, detail: string) =>
    violations.push({ line: lineAt(node), pointer, code, detail });
  const walk = (node: unknown, pointer: string, depth: number): void => {
    if (depth <= INDEXED_DEPTH && !lines.has(pointer)) lines.set(pointer, lineAt(node));
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (open.has(target)) report(node, pointer, 'too_deep', 'The value contains itself by an alias.');
      else walk(target, pointer, depth);
    }
    if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value))
      report(node, pointer, 'number_out_of_range', 'The number must be finite.');
    open.add(node);
    if (isSeq(node)) node.items.forEach((item, index) => walk(item, pointer + pointerStep(index), depth + 1));
    if (isMap(node)) {
      const seen = new Set<string>();
      for (const { key, value } of node.items) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const inner = pointer + pointerStep(name);
        if (seen.has(name)) report(key, inner, 'duplicate_key', 'The key occurs twice in one map.');
        seen.add(name);
        walk(value, inner, depth + 1);
      }
    }
    open.delete(node);
  };
  walk(document.contents, '', 0);
  return { lines, violations };
}

function malformed(line: number, message: string): UnreadableText {
  return new UnreadableText('malformed_yaml', line, `The text is not valid YAML: ${message.split('\n', 1)[0] ?? ''}`);
}
