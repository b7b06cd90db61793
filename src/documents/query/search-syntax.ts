import { plainWords } from './search-text';

/** A word, or a phrase in double quotes, that documents must have or must lack. */
export interface SearchTerm {
  readonly text: string;
  readonly isPhrase: boolean;
  readonly isExcluded: boolean;
}

/** A search text: terms, or with `or` alternatives of terms. */
export interface SearchSyntax {
  readonly alternatives: readonly (readonly SearchTerm[])[];
  /** Whether the text uses `"`, `or` or `-`. */
  readonly hasOperators: boolean;
}

/**
 * Parses the syntax of web search engines: `"a phrase"`, `or`, `-without`. Every text is valid: what is no operator in
 * its place is a word, and terms without a letter or digit are dropped.
 */
export function parseSearch(text: string): SearchSyntax {
  const alternatives: SearchTerm[][] = [[]];
  for (const [whole, minus, quoted, bare = ''] of text.matchAll(
    /(?<!\S)(-)?(?:"([^"]*)"?|([^\s"]+))|"([^"]*)"?|[^\s"]+/gu,
  )) {
    if (minus === undefined && quoted === undefined && /^or$/i.test(bare)) {
      alternatives.push([]);
      continue;
    }
    const content = quoted ?? (bare || whole.replaceAll('"', ''));
    if (plainWords(content).length === 0) continue;
    alternatives.at(-1)?.push({ text: content, isPhrase: quoted !== undefined, isExcluded: minus !== undefined });
  }
  const given = alternatives.filter((terms) => terms.length > 0);
  const hasOperators =
    given.length > 1 || given.some((terms) => terms.some((term) => term.isPhrase || term.isExcluded));
  return { alternatives: given, hasOperators };
}
