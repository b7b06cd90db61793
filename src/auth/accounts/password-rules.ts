import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { Problem } from '../../problems/problem';
import { normalised } from './password-hashing';

/** In code points; NIST SP 800-63B, 3.1.1.2, asks for no classes of characters, and neither do we. */
const MIN_LENGTH = 12;
const MAX_LENGTH = 128;
/** zxcvbn's scale of 0 to 4: 3 withstands a hundred million guesses; online there are twenty an hour. */
const MIN_SCORE = 3;
/** A beginning that is hard to guess is enough; to look at 128 characters would hold everybody else up for half a second. */
const LOOKED_AT = 32;

/** What the documentation shows. */
export const EXAMPLE_PASSWORD = 'a long sentence of your own';
/** What everybody would try first here. */
const CONTEXT = ['mdl', 'metric', 'metrics', 'definition', 'library', 'domain', 'objective', EXAMPLE_PASSWORD];

let guesser: Promise<ZxcvbnFactory> | undefined;

/**
 * Refuses a password that is too short, or that guessing finds soon: common ones, what is built of them, of words,
 * keys beside each other, sequences, repetitions or of the name of its account.
 *
 * @param pointer where the password is in the body
 * @throws Problem 422 `invalid_document`, without the password
 */
export async function refuseWeakPassword(given: string, name: string, pointer: string): Promise<void> {
  const password = normalised(given);
  const { length } = [...password];
  if (length < MIN_LENGTH || length > MAX_LENGTH)
    throw refused(pointer, `A password has ${MIN_LENGTH} to ${MAX_LENGTH} characters.`);
  guesser ??= loadGuesser().catch((error: unknown) => {
    guesser = undefined;
    throw error;
  });
  const { score } = (await guesser).check(password, [name, ...name.split(/[._@+-]/), ...CONTEXT]);
  if (score < MIN_SCORE)
    throw refused(
      pointer,
      'This password is found soon: it is a common one, or made of common words, sequences, repetitions or the name of the account.',
    );
}

/** 9 MB, loaded for the first password that is set: most instances never need it. */
async function loadGuesser(): Promise<ZxcvbnFactory> {
  const [core, common] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]);
  return new core.ZxcvbnFactory({
    dictionary: common.dictionary,
    graphs: common.adjacencyGraphs,
    maxLength: LOOKED_AT,
  });
}

const refused = (pointer: string, detail: string) =>
  new Problem('invalid_document', { detail, errors: [{ pointer, code: 'invalid_value', detail }] });
