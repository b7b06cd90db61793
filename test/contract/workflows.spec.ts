import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { hasProgram } from '../../dev/programs.ts';

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  steps: Step[];
}
interface Workflow {
  permissions?: unknown;
  concurrency?: { group: string };
  jobs: Record<string, Job>;
}

const root = join(__dirname, '../..');
const folder = '.github/workflows';
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const files = readdirSync(join(root, folder));
const workflows = files.map((file) => ({ file, ...(parse(read(`${folder}/${file}`)) as Workflow) }));
const jobs = workflows.flatMap(({ file, jobs }) =>
  Object.entries(jobs).map(([id, job]) => ({ ...job, name: `${file} ${id}` })),
);
const steps = jobs.flatMap(({ name, steps }) => steps.map((step) => ({ job: name, ...step })));

/** The arguments of a command, such as targets of `make`, in the workflows and in .ci/run. */
const named = (word: string) =>
  [...steps.map(({ run = '' }) => run), read('.ci/run')].flatMap((commands) =>
    [...commands.matchAll(new RegExp(`^(?:.*[ ;&|(])?${word} ([a-z][\\w:-]*)`, 'gm'))].map(([, name]) => name),
  );

describe('the GitHub workflows', () => {
  it('check the commit messages of pull requests', () => {
    const commits = jobs.find(({ name }) => name === 'ci.yml commits');
    expect(commits?.steps.map(({ run = '' }) => run).join()).toMatch(/commitlint --from "\$BASE" --to "\$HEAD"/);
  });

  it('cover tests, load tests and security', () => {
    expect(files.sort()).toEqual(['ci.yml', 'load-test.yml', 'security.yml']);
    expect(named('make')).toEqual(expect.arrayContaining(['test', 'load']));
  });

  it('pin every action to a commit, with its version in a comment', () => {
    const lines = files.flatMap((file) => read(`${folder}/${file}`).match(/^.*\buses:.*$/gm) ?? []);
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('pin the version of every other tool', () => {
    const tools = steps.flatMap(({ run = '' }) => [
      ...run.matchAll(/(?:go (?:run|install) [\w./-]+@?|pipx run \w+)(\S*)/g),
    ]);
    expect(tools.length).toBeGreaterThan(2);
    for (const [text, version] of tools)
      expect([text, version]).toEqual([text, expect.stringMatching(/^(v|==)\d+\.\d+\.\d+$/)]);
  });

  it('use the k6 version of .ci/run and make load', () => {
    const versions = ['.ci/run', 'dev/k6.ts', `${folder}/load-test.yml`].map(
      (file) => /k6(?:_version|_VERSION|\/v2)\W+v?(\d+\.\d+\.\d+)/i.exec(read(file))?.[1],
    );
    expect(versions).toEqual(Array(3).fill(expect.stringMatching(/^2\./)));
    expect(new Set(versions).size).toBe(1);
  });

  it('use one version of each action', () => {
    const commits = new Map<string, Set<string>>();
    for (const { uses = '' } of steps) {
      const [, repository, commit] = /^([\w-]+\/[\w-]+).*@(.*)$/.exec(uses) ?? [];
      if (repository && commit) commits.set(repository, (commits.get(repository) ?? new Set()).add(commit));
    }
    expect(commits.size).toBeGreaterThan(0);
    expect([...commits].filter(([, used]) => used.size > 1)).toEqual([]);
  });

  it('have read access to the code only, with one exception', () => {
    for (const { file, permissions } of workflows) expect({ file, permissions }).toEqual({ file, permissions: {} });
    const more = jobs
      .map(({ name, permissions = {} }) => [name, permissions] as const)
      .filter(([, permissions]) => JSON.stringify(permissions) !== '{"contents":"read"}');
    expect(more).toEqual([['security.yml code', { actions: 'read', contents: 'read', 'security-events': 'write' }]]);
  });

  it('store no token in the checkout', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.map(({ job }) => job)).toEqual(jobs.map(({ name }) => name));
    for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
  });

  it('have a timeout and a concurrency group', () => {
    expect(jobs.filter((job) => !(Number(job['timeout-minutes']) <= 180)).map(({ name }) => name)).toEqual([]);
    expect(workflows.filter((one) => !one.concurrency?.group.includes('github.ref')).map(({ file }) => file)).toEqual(
      [],
    );
  });

  it('call only existing npm scripts and make targets', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const targets = [...read('Makefile').matchAll(/^([a-z-]+):.*## /gm)].map(([, name]) => name);
    expect(named('make').filter((target) => !targets.includes(target))).toEqual([]);
    expect(named('npm run').filter((script = '') => !(script in scripts))).toEqual([]);
  });
});

(hasProgram('actionlint') ? describe : describe.skip)('actionlint', () => {
  it('reports no error in the workflows', () => {
    const paths = files.map((file) => join(root, folder, file));
    const { status, stdout } = spawnSync('actionlint', ['-no-color', ...paths], { cwd: root, encoding: 'utf8' });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});
