import type { Problem } from '../../problems/problem';
import { refuseWeakPassword } from './password-rules';

const NAME = 'ada.lovelace@example.com';
const LENGTH = 'A password has 12 to 128 characters.';
const SOON = expect.stringMatching(/^This password is found soon: /) as string;
const refusalOf = async (password: string, name = NAME): Promise<Problem | undefined> => {
  try {
    await refuseWeakPassword(password, name, '/password');
    return undefined;
  } catch (error) {
    return error as Problem;
  }
};
/** 128 characters that nobody guesses. */
const LONG =
  'kudzu panel oxide thirteen lanterns beneath a quarrelsome moon while nobody counts the herons that left marmalade on the piano;.';

describe('a password', () => {
  it.each([
    ['11 characters', 'Vq7!mZ2$wLk'],
    ['none', ''],
    ['12 characters that are 11 when composed', 'Vq7!mZ2$wLo\u0308'],
    ['11 characters of four bytes', '🐙🚀🌵🧊🦊🎲🪁🧵🫐🪐🎻'],
    ['129 characters', `${LONG}!`],
    ['128 characters that are 130 when composed', `${LONG.slice(0, -1)}ﬃ`],
    ['1,024 characters', 'kudzu oxide '.repeat(100).slice(0, 1024)],
  ])('has 12 to 128 characters, and not %s', async (_, password) => {
    expect(await refusalOf(password)).toMatchObject({
      status: 422,
      code: 'invalid_document',
      message: LENGTH,
      errors: [{ pointer: '/password', code: 'invalid_value', detail: LENGTH }],
    });
  });

  it.each([
    ['12 characters', 'Vq7!mZ2$wLkc'],
    ['12 characters of four bytes', '🐙🚀🌵🧊🦊🎲🪁🧵🫐🪐🎻🍋'],
    ['12 letters that are typed as 15', 'Vq7mZ2wLka\u0308o\u0308u\u0308'],
    ['128 characters', LONG],
  ])('may have %s', async (_, password) => expect(await refusalOf(password)).toBeUndefined());

  it.each([
    ['lower case alone', 'tlxvbnqwerzi'],
    ['words alone', 'kudzu panel oxide'],
    ['a phrase', 'three llamas cross at noon'],
    ['a phrase without spaces', 'correcthorsebatterystaple'],
    ['another script', 'семь ленивых ёжиков'],
    ['digits alone', '83017452966104'],
    ['what a manager makes', 'xK9$mQ2v!pLw'],
    ['spaces around', '  kudzu panel oxide  '],
    ['a common word in a phrase', 'my password is a purple otter'],
  ])('needs no classes of characters: %s', async (_, password) => expect(await refusalOf(password)).toBeUndefined());

  it.each([
    ['a common one', 'iloveyouforever'],
    ['a common one with digits', 'password1234'],
    ['all classes of characters', 'Password1234!'],
    ['a common one in full width', 'ｐａｓｓｗｏｒｄ１２３４'],
    ['a common one in bold letters of mathematics', '𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝𝟏𝟐𝟑𝟒'],
    ['a common one, backwards', 'drowssap4321'],
    ['other signs for letters', 'P@ssw0rd1234'],
    ['other signs for letters, twice', 'p4$$w0rdp4$$w0rd'],
    ['one word twice', 'trustno1trustno1'],
    ['one letter', 'aaaaaaaaaaaa'],
    ['one letter, 128 times', 'a'.repeat(128)],
    ['one sign of four bytes', '😀'.repeat(12)],
    ['spaces', ' '.repeat(12)],
    ['a repetition', 'abcabcabcabc'],
    ['the alphabet', 'abcdefghijkl'],
    ['the alphabet backwards', 'zyxwvutsrqpo'],
    ['counting', '123456789012'],
    ['a row of keys', 'qwertyuiopas'],
    ['columns of keys', 'qazwsxedcrfv'],
    ['two rows of keys', '1q2w3e4r5t6y'],
    ['a placeholder', 'changemechangeme'],
    ['what this is about', 'metricsmetrics'],
    ['what this is about, with other signs', 'm3tr1c5l1br4ry'],
    ['the one that the documentation shows', 'a long sentence of your own'],
    ['its account', NAME],
    ['its account, in capitals', NAME.toUpperCase()],
    ['a part of its account, twice', 'lovelacelovelace'],
    ['parts of its account', 'lovelace.ada'],
  ])('is not %s', async (_, password) => {
    const refusal = await refusalOf(password);
    expect(refusal).toMatchObject({ status: 422, code: 'invalid_document', message: SOON });
    expect(refusal?.errors).toEqual([{ pointer: '/password', code: 'invalid_value', detail: SOON }]);
  });

  it('is not the name of its own account, but may be that of another', async () => {
    const name = 'kudzu-panel-oxide';
    expect(await refusalOf(name, name)).toMatchObject({ message: SOON });
    expect(await refusalOf(name)).toBeUndefined();
  });

  it('is told where it is wrong, and never shown', async () => {
    for (const password of ['Password1234!', 'Vq7!mZ2$wLk', 'drowssap4321', `${LONG}!`]) {
      const refusal = await refusalOf(password);
      expect(refusal).toBeDefined();
      expect(JSON.stringify([refusal, refusal?.message, refusal?.stack])).not.toContain(password);
    }
    await expect(refuseWeakPassword('short', NAME, '/new_password')).rejects.toMatchObject({
      errors: [{ pointer: '/new_password' }],
    });
  });
});
