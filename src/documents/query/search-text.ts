/*
 * The words of a search text. migrations/search-functions.ts finds the words of documents in the same way;
 * test/e2e/search.spec.ts compares the two.
 */

/** Marks that folding removes: accents, vowel points, and the Arabic elongation. */
const MARKS = /[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u0610-\u061a\u0640\u064b-\u065f\u0670]+/g;
/** Everything between words, once folded: spaces, punctuation and symbols. */
const SEPARATORS =
  /[\u0001-/:-@[-`{-\u00bf\u00d7\u00f7\u055a-\u055f\u0589\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965\u2000-\u206f\u20a0-\u20cf\u2190-\u2bff\u3000-\u303f\u30fb\uff61-\uff65]+/g;
/** Scripts without spaces between words: Thai to Myanmar, Khmer, kana, Han. */
const UNSPACED =
  /[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3041-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{3ffff}]+/gu;
/** Arabic: conjunction, preposition and article, which are written with the word. */
const ARABIC_PREFIX = /^(?:[وفبكل]{0,2}ال|لل)(?=.{3})/u;
/** Letters that have no accent to remove, and the spelling that is searched. */
const SPELLINGS: Readonly<Record<string, string>> = {
  ...{ ø: 'o', ł: 'l', đ: 'd', ð: 'd', ı: 'i', ħ: 'h', ŧ: 't', ς: 'σ', ى: 'ي', ة: 'ه', ک: 'ك', ی: 'ي' },
  ...{ ß: 'ss', æ: 'ae', œ: 'oe' },
};
const SPELLED = new RegExp(`[${Object.keys(SPELLINGS).join('')}]`, 'gu');
/** Word lengths between which typing errors are found. */
const [SHORTEST, LONGEST] = [4, 24];

/** A word of a search text with its other forms. */
export interface SearchWord {
  /** The folded word; two characters of a script without spaces. */
  readonly word: string;
  /** The parts of a word in camelCase. */
  readonly parts: readonly string[];
  /** The word without an Arabic prefix. */
  readonly stem?: string;
}

/** Removes the differences of case, accents and compatibility forms (NFKC). */
export const fold = (text: string): string =>
  text
    .normalize('NFKD')
    .toLowerCase()
    .replace(MARKS, '')
    .normalize('NFC')
    .replace(SPELLED, (letter) => SPELLINGS[letter] ?? letter);

/** The folded text without anything between words: equal for `fact_deals`, `Fact deals` and `FactDeals`. */
export const joined = (text: string): string => fold(text).replace(SEPARATORS, '');

/** The folded words as the text has them. */
export const plainWords = (text: string): string[] => split(fold(text).replace(SEPARATORS, ' '));

const split = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** Whether a word is of a script without spaces. */
export const isUnspaced = (word: string): boolean => word.search(UNSPACED) === 0;

/** The words of a text that a document must have. */
export const searchWords = (text: string): SearchWord[] =>
  // Folding would lose camelCase.
  split(text.normalize('NFKC').replace(SEPARATORS, ' ')).flatMap((given) =>
    splitUnspaced(fold(given)).map((word) => withForms(word, given)),
  );

function withForms(word: string, given: string): SearchWord {
  const spaced = given
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase();
  const parts = /^[A-Za-z0-9]+$/.test(given) && spaced !== word ? spaced.split(' ') : [];
  const stem = word.replace(ARABIC_PREFIX, '');
  return { word, parts, ...(stem !== word && { stem }) };
}

/** Splits words of scripts without spaces into pairs of characters. */
function splitUnspaced(word: string): string[] {
  const pairs = word.replace(UNSPACED, (run) => {
    const letters = [...run];
    const all = letters.slice(1).map((letter, at) => `${letters[at]}${letter}`);
    return ` ${all.length > 0 ? all.join(' ') : run} `;
  });
  return split(pairs);
}

/** The terms by which names with a word like this are found: one typing error apart, or with the same consonants. */
export function similarTerms(word: string): string[] {
  const letters = [...word];
  if (letters.length < SHORTEST || letters.length > LONGEST || /\d/.test(word)) return [];
  const shorter = letters.slice(1).map((_, at) => letters.toSpliced(at + 1, 1).join(''));
  const rest = letters
    .slice(1)
    .join('')
    .replace(/[aeiouy]/g, '');
  const consonants = rest.length >= 3 && rest.length <= 20 ? [`^${letters[0]}${rest.replace(/(.)\1+/gu, '$1')}`] : [];
  return [...new Set([`~${word}`, ...shorter.flatMap((one) => [`.${one}`, `~${one}`]), ...consonants])];
}
