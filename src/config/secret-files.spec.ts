import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSecretFiles } from './secret-files';
import { SECRETS } from './settings';

describe.each(SECRETS)('%s_FILE', (name) => {
  let folder: string;
  const variable = `${name}_FILE`;
  beforeAll(() => (folder = mkdtempSync(join(tmpdir(), 'mdl-secrets-'))));
  afterAll(() => rmSync(folder, { recursive: true }));

  const file = (text: string) => {
    writeFileSync(join(folder, 'secret'), text);
    return join(folder, 'secret');
  };

  it.each([
    ['s3cret', 's3cret'],
    ['s3cret\n', 's3cret'],
    ['s3cret\r\n', 's3cret'],
    ['s3cret\n\n', 's3cret'],
    [' two words, and a comma\n', ' two words, and a comma'],
    ['pässwört 🦊', 'pässwört 🦊'],
  ])('is read: %j', (text, secret) => {
    const environment = { [variable]: file(text), OTHER: 'x' };
    expect(readSecretFiles(environment)).toEqual([]);
    expect(environment).toEqual({ [variable]: file(text), OTHER: 'x', [name]: secret });
  });

  it.each(['', '\n', ' \r\n'])('is rejected when empty: %j', (text) => {
    const environment = { [variable]: file(text) };
    expect(readSecretFiles(environment)).toEqual([`${variable}: the file is empty`]);
    expect(environment).not.toHaveProperty(name);
  });

  it('is rejected when it is missing or not a file', () => {
    mkdirSync(join(folder, 'directory'));
    for (const [path, code] of [
      [join(folder, 'nowhere'), 'ENOENT'],
      [join(folder, 'directory'), 'EISDIR'],
      [join(file('s3cret'), 'below'), 'ENOTDIR'],
    ] as const)
      expect(readSecretFiles({ [variable]: path })).toEqual([`${variable}: the file cannot be read (${code})`]);
  });

  it('is rejected together with the variable', () => {
    const environment = { [variable]: file('one'), [name]: 'another' };
    expect(readSecretFiles(environment)).toEqual([`${variable}: ${name} is set too; set only one of them`]);
    expect(environment[name]).toBe('another');
  });
});

it('reads files for secrets only, and reports each invalid one', () => {
  expect(readSecretFiles({ PORT_FILE: '/nowhere', LOG_LEVEL_FILE: '/nowhere' })).toEqual([]);
  const all = Object.fromEntries(SECRETS.map((name) => [`${name}_FILE`, '/nowhere']));
  expect(readSecretFiles(all)).toHaveLength(SECRETS.length);
});
