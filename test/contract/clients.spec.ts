import { readdirSync, readFileSync } from 'node:fs';

const read = (path: string) => readFileSync(path, 'utf8');
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, name]) => name).sort();

/** `make clients` runs too long, and needs too many downloads, for `make test`; CI runs it on its own. */
describe('the check of generated clients', () => {
  const adapters = readdirSync('clients/check/adapters', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

  it('has an adapter for each generator, and clients/README.md lists them', () => {
    expect(adapters).toHaveLength(7);
    expect(matches(read('clients/check/generators.ts'), /adapter: '([\w-]+)'/g)).toEqual(adapters);
    expect(matches(read('clients/README.md'), /`check\/adapters\/([\w-]+)\/`/g)).toEqual(adapters);
  });

  it('requires in each TypeScript and Python client that a misspelt member does not compile', () => {
    for (const adapter of adapters) {
      const folder = `clients/check/adapters/${adapter}`;
      const file = readdirSync(folder).find((name) => name.startsWith('adapter.')) ?? '';
      expect([adapter, read(`${folder}/${file}`)]).toEqual([
        adapter,
        expect.stringMatching(/@ts-expect-error.*\n.*\bownr\b|ownr="Sales"\) {2}# type: ignore\[call-arg\]/),
      ]);
    }
  });

  it('uses the generator of the published client', () => {
    const versions = ['package.json', 'clients/check/package.json'].map((path) => {
      const { devDependencies } = JSON.parse(read(path)) as { devDependencies: Record<string, string> };
      return [devDependencies['openapi-typescript'], devDependencies['openapi-fetch']];
    });
    expect(versions[0]).toEqual(versions[1]);
  });

  it('runs in CI', () => expect(read('.github/workflows/ci.yml')).toMatch(/^ +- run: make clients$/m));
});
