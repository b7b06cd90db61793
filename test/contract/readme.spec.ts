import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRETS, settings } from '../../src/config/settings';
import { expectFresh } from './fresh';

const root = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const targets = [...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name);
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  'clients/README.md',
  'clients/typescript/README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

interface Setting {
  desc?: string | undefined;
  example?: string | undefined;
  default?: string | number | boolean | string[] | undefined;
  choices?: readonly (string | number | boolean | string[])[] | undefined;
}
const all = Object.entries<Setting>(settings);

const table = [
  '| variable | default | meaning |',
  '|---|---|---|',
  ...all.map(([name, { desc = '', default: value, choices }]) => {
    const shown = value === undefined ? '**required**' : String(value) === '' ? '' : `\`${String(value)}\``;
    return `| \`${name}\` | ${shown} | ${desc}${choices ? ` (${choices.join(', ')})` : ''} |`;
  }),
].join('\n');

/** A required setting is a line, an optional one a comment with its default. */
const example = [
  '# Copy to .env and load it with your process manager, or export the variables you change. Values are the defaults.',
  '# These can also be read from files, as in DATABASE_URL_FILE=/run/secrets/database_url:',
  `# ${SECRETS.join(', ')}`,
  ...all.map(
    ([name, { desc = '', default: value, example: given = '' }]) =>
      `\n# ${desc}\n${value === undefined ? `${name}=${given}` : `# ${name}=${String(value)}`}`,
  ),
  '',
].join('\n');

/** Files and folders of this repository in code spans; patterns, placeholders and the example resource aside. */
const pathsIn = (text: string) =>
  [...text.matchAll(/`((?:src|test|docs|dev|bench|clients|k6|ops|migrations|catalog|\.github|\.ci)\/[\w./-]*)`/g)]
    .map(([, path = '']) => path)
    .filter((path) => !/\bteams?\b|^bench\/results/.test(path));

/** Links to files of this repository: inline, by reference, and images. */
const linksIn = (text: string) =>
  [...text.matchAll(/(?:\]\(|^\[[\w-]+\]: |<img src=")(?!https?:)([^)#"\s]+)/gm)].map(([, link = '']) => link);

/** Lines of prose: no code and no tables, which cannot be wrapped. */
const proseOf = (text: string) =>
  text
    .replace(/^ *```[\s\S]*?^ *```$/gm, '')
    .split('\n')
    .filter((line) => !line.startsWith('|'));

describe('the documentation', () => {
  it('has the table of settings that src/config/settings.ts gives', () => {
    const path = 'docs/configuration.md';
    const region = /(<!-- settings -->\n)[\s\S]*(<!-- \/settings -->)/;
    expectFresh(
      path,
      read(path).replace(region, (_, start: string, end: string) => `${start}${table}\n${end}`),
    );
  });

  it('has every setting in .env.example, with its meaning and default', () => {
    expectFresh('.env.example', example);
  });

  it('lists every npm script in docs/scripts.md', () => {
    const listed = [...read('docs/scripts.md').matchAll(/^\| `([a-z0-9:]+)` \|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(Object.keys(scripts).sort());
  });

  it('describes every folder of src but new resources in docs/architecture.md', () => {
    const described = [...read('docs/architecture.md').matchAll(/^\| \d+ \| `(\w+)\/` \|/gm)].map(([, name]) => name);
    const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const isResource = (folder: string) =>
      readdirSync(join(root, 'src', folder)).some((file) => file.endsWith('.definition.ts'));
    expect(described.filter((name = '') => !folders.includes(name))).toEqual([]);
    expect(folders.filter((folder) => !isResource(folder) && !described.includes(folder))).toEqual([]);
  });

  it.each(documents)('%s names only commands, links and files that exist', (path) => {
    const text = read(path);
    for (const [, script = ''] of text.matchAll(/npm run (?:-s )?([a-z][a-z0-9:]*)/g))
      expect(Object.keys(scripts)).toContain(script);
    for (const [, target = ''] of text.matchAll(/(?:^|`)make ([a-z-]+)/gm)) expect(targets).toContain(target);
    expect(
      [...linksIn(text).map((link) => join(path, '..', link)), ...pathsIn(text)].filter(
        (file) => !existsSync(join(root, file)),
      ),
    ).toEqual([]);
  });

  it.each(documents)('%s has lines of at most 120 characters', (path) => {
    expect(proseOf(read(path)).filter((line) => line.length > 120)).toEqual([]);
  });

  it('names code and a test for each pattern in the README', () => {
    const rows = [...read('README.md').matchAll(/^\| [^|]+ \| `([^`]+)` \| `([^`]+)` \| \[/gm)];
    expect(rows.length).toBeGreaterThan(20);
    const files = rows.flatMap(([, code = '', test = '']) => [join('src', code), join('test', test)]);
    expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
  });

  it('has a README of at most 150 lines', () => {
    const lines = read('README.md').trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(150);
    expect(lines.filter((line) => line.length > 120)).toEqual([]);
  });
});
