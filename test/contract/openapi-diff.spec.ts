import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hasProgram } from '../../dev/programs.ts';

interface Schema {
  required?: string[];
  properties: Record<string, object>;
}
interface Contract {
  paths: Record<string, Record<string, Record<string, unknown>>>;
  components: { schemas: Record<'Created' | 'Create', Schema> };
}

const text = { type: 'string' };
const json = (schema: string) => ({
  content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
});

/** A small contract with a route to create things, changed by `change`. */
function contract(change: (contract: Contract) => void = () => undefined): string {
  const document = {
    openapi: '3.1.0',
    info: { title: 'Things', version: '1' },
    paths: {
      '/things': {
        post: { requestBody: json('Create'), responses: { 201: { description: 'Created.', ...json('Created') } } },
        get: { responses: { 200: { description: 'All.' } } },
      },
    },
    components: {
      schemas: {
        Create: { type: 'object', additionalProperties: false, properties: { name: text, unit: text } },
        Created: { type: 'object', required: ['id'], properties: { id: text, name: text, state: { enum: ['new'] } } },
      },
    },
  };
  change(document);
  return JSON.stringify(document);
}

const deprecate =
  (sunset: string) =>
  ({ paths }: Contract) =>
    Object.assign(paths['/things']?.['get'] ?? {}, { deprecated: true, 'x-sunset': sunset });

(hasProgram('oasdiff') ? describe : describe.skip)('npm run openapi:diff', () => {
  let folder: string;
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], { cwd: folder });
  const write = (version: string, openapi: string) => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ version }));
    writeFileSync(join(folder, 'openapi.json'), openapi);
  };
  /** Compares a changed contract, in a given version, with the last release. */
  const diff = (version: string, change?: (contract: Contract) => void, cwd = folder) => {
    if (cwd === folder) write(version, contract(change));
    const script = join(__dirname, '../../dev/openapi-diff.ts');
    const { status, stdout, stderr } = spawnSync(process.execPath, [script], { cwd, encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };
  const release = (version: string) => {
    write(version, contract());
    git('add', '.');
    git('commit', '-qm', `chore: release v${version}`);
    git('tag', `v${version}`);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mdl-openapi-diff-'));
    git('init', '-q');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const removeMember = ({ components: { schemas } }: Contract) => delete schemas.Created.properties['name'];

  it('has nothing to compare with before the first release', () => {
    git('commit', '-q', '--allow-empty', '-m', 'feat: start');
    const { status, output } = diff('0.1.0', removeMember);
    expect([status, output]).toEqual([0, expect.stringContaining('There is no tag v* yet')]);
  });

  it('passes an unchanged contract, and added optional members, routes and values of a response', () => {
    release('0.1.0');
    const added = diff('0.1.0', ({ paths, components: { schemas } }) => {
      schemas.Create.properties['note'] = text;
      schemas.Created.properties['note'] = text;
      schemas.Created.properties['state'] = { enum: ['new', 'old'] };
      paths['/others'] = { get: { responses: { 200: { description: 'All.' } } } };
    });
    for (const { status, output } of [diff('0.1.0'), added])
      expect([status, output]).toEqual([0, 'No breaking change since v0.1.0.\n']);
  });

  it.each<[string, RegExp, (contract: Contract) => void]>([
    ['a removed member of a response', /`name`/, removeMember],
    [
      'a removed member of a request',
      /`unit`/,
      ({ components: { schemas } }) => delete schemas.Create.properties['unit'],
    ],
    [
      'a new required member of a request',
      /`name`/,
      ({ components: { schemas } }) => (schemas.Create.required = ['name']),
    ],
    ['a sunset in less than 180 days', /sunset/, deprecate(new Date().toISOString().slice(0, 10))],
    ['a removed operation', /GET \/things/, ({ paths }) => delete paths['/things']?.['get']],
  ])('fails for %s', (_, message, change) => {
    release('0.1.0');
    const { status, output } = diff('0.1.1', change);
    expect(output).toMatch(message);
    expect([status, output]).toEqual([1, expect.stringContaining('raise the version in package.json to 0.2.0')]);
  });

  it('allows breaking changes in the next minor version below 1.0.0, and in the next major version', () => {
    release('0.9.0');
    expect(diff('0.10.0', removeMember)).toMatchObject({ status: 0, output: expect.stringContaining('allows these') });
    release('1.4.2');
    expect(diff('1.5.0', removeMember)).toMatchObject({ status: 1, output: expect.stringContaining('2.0.0') });
    expect(diff('2.0.0', removeMember)).toMatchObject({ status: 0, output: expect.stringContaining('since v1.4.2') });
  });

  it('allows the removal of a deprecated operation after its sunset only', () => {
    for (const [tag, sunset, status] of [
      ['v1.0.0', '2020-01-01', 0],
      ['v1.1.0', '2999-01-01', 1],
    ] as const) {
      write(tag.slice(1), contract(deprecate(sunset)));
      git('add', '.');
      git('commit', '-qm', 'feat: deprecate');
      git('tag', tag);
      const { output, ...result } = diff('1.2.0', ({ paths }) => delete paths['/things']?.['get']);
      expect({ ...result, output, sunset }).toMatchObject({ status });
    }
  });

  it('refuses a shallow clone, which can lack the tags', () => {
    release('0.1.0');
    const clone = join(folder, 'clone');
    git('commit', '-q', '--allow-empty', '-m', 'feat: more');
    git('clone', '-q', '--depth', '1', `file://${folder}`, clone);
    expect(diff('0.1.0', undefined, clone)).toMatchObject({
      status: 1,
      output: expect.stringContaining('--unshallow'),
    });
  });
});

test('.ci/run installs the version of oasdiff that the script runs', () => {
  const versions = ['.ci/run', 'dev/openapi-diff.ts'].map(
    (file) => /oasdiff\/oasdiff@(v[\d.]+\d)/.exec(readFileSync(join(__dirname, '../..', file), 'utf8'))?.[1],
  );
  expect(versions[0]).toMatch(/^v1\./);
  expect(versions[0]).toBe(versions[1]);
});
