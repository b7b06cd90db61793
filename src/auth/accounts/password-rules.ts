import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { Problem } from '../../problems/problem';
import { normalize } from './password-hashing';

/** In code points. No character classes are required (NIST SP 800-63B, 3.1.1.2). */
export const MIN_LENGTH = 12;
export const MAX_LENGTH = 128;
/** On zxcvbn's scale of 0 to 4. A score of 3 withstands 10^8 guesses; sign-in allows twenty an hour. */
const MIN_SCORE = 3;
/** Characters that are scored. To score 128 would block the event loop for half a second. */
const SCORED_LENGTH = 32;

/** The example in the API documentation; it is rejected as a password. */
export const EXAMPLE_PASSWORD = 'a long sentence of your own';
/** Words that are easy to guess for this service. */
const CONTEXT = ['mdl', 'metric', 'metrics', 'definition', 'library', 'domain', 'objective', EXAMPLE_PASSWORD];

let scorer: Promise<ZxcvbnFactory> | undefined;

/**
 * Rejects a password that is too short, too long or easy to guess: a common password, or one made of common words,
 * adjacent keys, sequences, repetitions or the name of the user.
 *
 * @param pointer JSON pointer to the password in the request body
 * @throws Problem 422 `invalid_document`; it does not contain the password
 */
export async function rejectWeakPassword(given: string, name: string, pointer: string): Promise<void> {
  const password = normalize(given);
  const { length } = [...password];
  if (length < MIN_LENGTH || length > MAX_LENGTH)
    throw weakPassword(pointer, `A password must have ${MIN_LENGTH} to ${MAX_LENGTH} characters.`);
  scorer ??= loadScorer().catch((error: unknown) => {
    scorer = undefined;
    throw error;
  });
  const { score } = (await scorer).check(password, [name, ...name.split(/[._@+-]/), ...CONTEXT]);
  if (score < MIN_SCORE)
    throw weakPassword(
      pointer,
      'This password is easy to guess. Avoid common passwords and words, sequences, repetitions and your user name.',
    );
}

/** Loads 9 MB of dictionaries, when the first password is set: most instances never need them. */
async function loadScorer(): Promise<ZxcvbnFactory> {
  const [core, common] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]);
  return new core.ZxcvbnFactory({
    dictionary: common.dictionary,
    graphs: common.adjacencyGraphs,
    maxLength: SCORED_LENGTH,
  });
}

const weakPassword = (pointer: string, detail: string) => Problem.invalid([{ pointer, code: 'invalid_value', detail }]);
