import type { Problem } from '../../problems/problem';
import { rejectWeakPassword } from './password-rules';

const NAME = 'ada.lovelace@example.com';
const LENGTH = 'A password must have 12 to 128 characters.';
const EASY = expect.stringMatching(/^This password is easy to guess\. /) as string;
const problemOf = async (password: string, name = NAME): Promise<Problem | undefined> => {
  try {
    await rejectWeakPassword(password, name, '/password');
    return undefined;
  } catch (error) {
    return error as Problem;
  }
};
/** 128 characters that are hard to guess. */
const LONG =
  'kudzu panel oxide thirteen lanterns beneath a quarrelsome moon while no one counts the herons that left marmalade on the piano;.';

describe('a password', () => {
  it.each([
    ['11 characters', 'Vq7!mZ2$wLk'],
    ['0 characters', ''],
    ['12 characters that are 11 when composed', 'Vq7!mZ2$wLo\u0308'],
    ['11 characters of four bytes', '🐙🚀🌵🧊🦊🎲🪁🧵🫐🪐🎻'],
    ['129 characters', `${LONG}!`],
    ['128 characters that are 130 when composed', `${LONG.slice(0, -1)}ﬃ`],
    ['1,024 characters', 'kudzu oxide '.repeat(100).slice(0, 1024)],
  ])('has 12 to 128 characters, and not %s', async (_, password) => {
    expect(await problemOf(password)).toMatchObject({
      status: 422,
      code: 'invalid_document',
      message: LENGTH,
      errors: [{ pointer: '/password', code: 'invalid_value', detail: LENGTH }],
    });
  });

  it.each([
    ['12 characters', 'Vq7!mZ2$wLkc'],
    ['12 characters of four bytes', '🐙🚀🌵🧊🦊🎲🪁🧵🫐🪐🎻🍋'],
    ['12 letters from 15 code points', 'Vq7mZ2wLka\u0308o\u0308u\u0308'],
    ['128 characters', LONG],
  ])('can have %s', async (_, password) => expect(await problemOf(password)).toBeUndefined());

  it.each([
    ['lower case alone', 'tlxvbnqwerzi'],
    ['words alone', 'kudzu panel oxide'],
    ['a phrase', 'three llamas cross at noon'],
    ['a phrase without spaces', 'correcthorsebatterystaple'],
    ['another script', 'семь ленивых ёжиков'],
    ['digits alone', '83017452966104'],
    ['the output of a password manager', 'xK9$mQ2v!pLw'],
    ['spaces around', '  kudzu panel oxide  '],
    ['a common word in a phrase', 'my password is a purple otter'],
  ])('needs no character classes: %s', async (_, password) => expect(await problemOf(password)).toBeUndefined());

  it.each([
    ['a common password', 'iloveyouforever'],
    ['a common password with digits', 'password1234'],
    ['a common password with all character classes', 'Password1234!'],
    ['a common password in full width', 'ｐａｓｓｗｏｒｄ１２３４'],
    ['a common password in bold letters of mathematics', '𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝𝟏𝟐𝟑𝟒'],
    ['a common password, backwards', 'drowssap4321'],
    ['a common password with substituted characters', 'P@ssw0rd1234'],
    ['a common password with substituted characters, twice', 'p4$$w0rdp4$$w0rd'],
    ['one word twice', 'trustno1trustno1'],
    ['one letter', 'aaaaaaaaaaaa'],
    ['one letter, 128 times', 'a'.repeat(128)],
    ['one character of four bytes', '😀'.repeat(12)],
    ['spaces', ' '.repeat(12)],
    ['a repetition', 'abcabcabcabc'],
    ['the alphabet', 'abcdefghijkl'],
    ['the alphabet backwards', 'zyxwvutsrqpo'],
    ['counting', '123456789012'],
    ['a row of keys', 'qwertyuiopas'],
    ['columns of keys', 'qazwsxedcrfv'],
    ['two rows of keys', '1q2w3e4r5t6y'],
    ['a placeholder', 'changemechangeme'],
    ['the subject of the service', 'metricsmetrics'],
    ['the subject of the service with substituted characters', 'm3tr1c5l1br4ry'],
    ['the example of the documentation', 'a long sentence of your own'],
    ['the user name', NAME],
    ['the user name in upper case', NAME.toUpperCase()],
    ['a part of the user name, twice', 'lovelacelovelace'],
    ['parts of the user name', 'lovelace.ada'],
  ])('is not %s', async (_, password) => {
    const problem = await problemOf(password);
    expect(problem).toMatchObject({ status: 422, code: 'invalid_document', message: EASY });
    expect(problem?.errors).toEqual([{ pointer: '/password', code: 'invalid_value', detail: EASY }]);
  });

  it('cannot be the name of its user, but can be that of another user', async () => {
    const name = 'kudzu-panel-oxide';
    expect(await problemOf(name, name)).toMatchObject({ message: EASY });
    expect(await problemOf(name)).toBeUndefined();
  });

  it('is rejected with a pointer, and never echoed', async () => {
    for (const password of ['Password1234!', 'Vq7!mZ2$wLk', 'drowssap4321', `${LONG}!`]) {
      const problem = await problemOf(password);
      expect(problem).toBeDefined();
      expect(JSON.stringify([problem, problem?.message, problem?.stack])).not.toContain(password);
    }
    await expect(rejectWeakPassword('short', NAME, '/new_password')).rejects.toMatchObject({
      errors: [{ pointer: '/new_password' }],
    });
  });
});
