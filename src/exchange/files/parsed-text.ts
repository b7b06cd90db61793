import type { Place } from './catalogue-entry';

/** A text that was read, and where its upper values stand in it. */
export interface ParsedText {
  value: unknown;
  /** Line by JSON pointer, for values at most two levels down: that is where documents are. */
  lines: ReadonlyMap<string, number>;
  /** Second and later occurrences of a key in one object: parsers keep the last and say nothing. */
  duplicates: readonly Place[];
}

/** How deep `ParsedText.lines` goes: `/metrics/3`. */
export const INDEXED_DEPTH = 2;

/** A text that is neither JSON nor YAML as a whole. */
export class UnreadableText extends Error {
  constructor(
    readonly code: 'malformed_json' | 'malformed_yaml' | 'invalid_encoding',
    readonly line: number,
    detail: string,
  ) {
    super(detail);
  }
}

/** Decodes strictly: a replacement character would be stored as if the author had written it. Drops a BOM. */
export function decodeUtf8(bytes: Uint8Array, line: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new UnreadableText('invalid_encoding', line, 'not valid UTF-8');
  }
}
