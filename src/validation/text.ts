import type { FuncKeywordDefinition } from 'ajv';
import type { ViolationCode } from './violation';

/** A letter, digit, punctuation mark or symbol; white space and zero-width characters are not enough. */
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u;
/**
 * Control characters (ESC starts a command of a terminal), line separators, and the characters that reverse the order
 * of displayed text, so that it reads differently from what it is (UTS #55). The marks of right-to-left languages,
 * U+061C, U+200E and U+200F, are allowed.
 */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;
/** The same where lines are allowed. */
const CONTROL_IN_LINES = /(?![\t\n\r])[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;
/** Normalization sorts each run of marks, in quadratic time; no language needs more than 30 (UAX #15, 13). */
const MARKS = /\p{M}{31}/u;

interface Fault {
  code: ViolationCode;
  detail: string;
}

function findFault(text: string, kind: 'line' | 'lines'): Fault | undefined {
  if (!VISIBLE.test(text)) return { code: 'blank', detail: 'The text must have a visible character.' };
  if (MARKS.test(text))
    return { code: 'invalid_character', detail: 'The text has more than 30 combining marks in a row.' };
  if (!(kind === 'line' ? CONTROL : CONTROL_IN_LINES).test(text)) return undefined;
  const allowed = kind === 'line' ? 'no line breaks, tabs or' : 'no';
  return {
    code: 'invalid_character',
    detail: `The text must have ${allowed} other control characters and no bidirectional overrides.`,
  };
}

type Validate = NonNullable<FuncKeywordDefinition['validate']>;

const validate: Validate = (kind: 'line' | 'lines', text: string, schema, context) => {
  // `maxLength` refuses it; a text that can take megabytes is not read here.
  if (text.length > 2 * Number(schema?.['maxLength'])) return true;
  const fault = findFault(text, kind);
  if (fault) {
    validate.errors = [{ keyword: 'text', params: fault }];
    return false;
  }
  if (context) context.parentData[context.parentDataProperty] = normalizeText(text);
  return true;
};

/**
 * The keyword `text`: a text for people, of one `line` or several `lines`. Equal texts in different forms become one,
 * NFC (UAX #15), so that a search finds both.
 */
export const TEXT_KEYWORD: FuncKeywordDefinition = {
  keyword: 'text',
  type: 'string',
  modifying: true,
  before: 'maxLength',
  validate,
};

/** A text in the form in which texts are stored, for comparing with them. */
export const normalizeText = (text: string): string => text.normalize('NFC');
