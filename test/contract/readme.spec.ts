import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SECRETS, settings } from '../../src/config/settings';
import { expectFresh } from './fresh';

const root = join(__dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const readme = read('README.md');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const documents = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];

interface Setting {
  desc?: string;
  example?: string;
  default?: string | number | boolean | string[];
  choices?: readonly string[];
}

const table = [
  '| variable | default | meaning |',
  '|---|---|---|',
  ...Object.entries(settings as unknown as Record<string, Setting>).map(
    ([name, { desc = '', default: value, choices }]) => {
      const shown = value === undefined ? '**required**' : String(value) === '' ? '' : `\`${String(value)}\``;
      return `| \`${name}\` | ${shown} | ${desc}${choices ? ` (${choices.join(', ')})` : ''} |`;
    },
  ),
].join('\n');

/** What must be set is a line, what may be is a comment with its default. */
const example = [
  '# Copy to .env and load it with your process manager, or export what you change. Defaults are shown.',
  `# ${SECRETS.slice(0, -1).join(', ')} and ${SECRETS.at(-1)} may come as files: DATABASE_URL_FILE=/run/secrets/database_url`,
  ...Object.entries(settings as unknown as Record<string, Setting>).map(
    ([name, { desc = '', default: value, example: given = '' }]) =>
      `\n# ${desc}\n${value === undefined ? `${name}=${given}` : `# ${name}=${String(value)}`}`,
  ),
  '',
].join('\n');

describe('the documentation', () => {
  it('has the configuration table that src/config/settings.ts gives', () => {
    const shown = /<!-- settings:[^>]*-->\n([\s\S]*?)\n?<!-- \/settings -->/.exec(readme)?.[1];
    expect(shown).toBe(table);
  });

  it('has every variable in .env.example, with its meaning and default', () => {
    expectFresh('.env.example', example);
  });

  it('lists every npm script in the table of the README', () => {
    const listed = [...readme.matchAll(/^\| `([a-z0-9:]+)` \|/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(Object.keys(scripts).sort());
  });

  it.each(documents)('%s names only commands and files that exist', (path) => {
    const text = read(path);
    for (const [, script = ''] of text.matchAll(/npm run (?:-s )?([a-z][a-z0-9:]*)/g))
      expect(Object.keys(scripts)).toContain(script);
    const targets = [...read('Makefile').matchAll(/^([a-z-]+):/gm)].map(([, name]) => name);
    for (const [, target = ''] of text.matchAll(/(?:^|`)make ([a-z-]+)/gm)) expect(targets).toContain(target);
    for (const [, link = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g))
      expect([link, existsSync(join(root, path, '..', link))]).toEqual([link, true]);
  });
});
