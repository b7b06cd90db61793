/**
 * `make clients` generates a client from openapi.json with each generator, compiles it with strict settings and runs
 * the same requests with it against a new service. ONLY=zod selects generators by a part of their name.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { environment } from '../../dev/commands.ts';
import { collect, startGuarded } from '../../dev/guarded-process.ts';
import { startTarget, type Target } from '../../dev/load-target.ts';
import { atEnd, Failure, main, step } from '../../dev/script.ts';
import { type Command, type Generator, GENERATORS, PYTHON } from './generators.ts';

const folder = import.meta.dirname;
const STEPS = ['generate', 'compile', 'run'] as const;

const env = (): NodeJS.ProcessEnv => {
  const own = environment();
  // The generators before those of the service, which has some of them too.
  return { ...own, PATH: [join(folder, 'node_modules/.bin'), own['PATH']].join(delimiter) };
};

/** Runs a command. @returns its output if it fails */
async function execute([program, ...args]: Command, cwd: string): Promise<string | undefined> {
  const { exited, output } = startGuarded(program, args, { cwd, env: env() });
  const [code, text] = await Promise.all([exited, collect(output)]);
  return code === 0 ? undefined : `${[program, ...args].join(' ')}\n${text}`;
}

/** Installs the generators, unless they are installed. */
async function install(): Promise<void> {
  const isCurrent = (installed: string, list: string) =>
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(folder, list)).mtimeMs;
  const required = async (what: string, command: Command) => {
    const failure = await execute(command, folder);
    if (failure !== undefined) throw new Failure(`${what} failed: ${failure}`);
  };
  await step(async () => {
    const installed = join(folder, 'node_modules/.package-lock.json');
    if (!isCurrent(installed, 'package-lock.json')) await required('npm ci', ['npm', 'ci', '--loglevel=error']);
    return 'generators of package.json installed';
  });
  await step(async () => {
    const installed = join(PYTHON, 'requirements.txt');
    if (!isCurrent(installed, 'requirements.txt')) {
      await required('python3 -m venv (Python 3.11 or newer with venv)', ['python3', '-m', 'venv', PYTHON]);
      const pip = join(PYTHON, 'bin/pip');
      await required('pip', [pip, 'install', '--quiet', '--requirement', 'requirements.txt']);
      cpSync(join(folder, 'requirements.txt'), installed);
    }
    return 'generators of requirements.txt installed';
  });
}

/** Creates the folder of a generated client: openapi.json, the adapter and the scenario. */
function prepare({ adapter }: Generator): string {
  const work = mkdtempSync(join(tmpdir(), `mdl-${adapter}-`));
  atEnd(() => rmSync(work, { recursive: true, force: true }));
  cpSync(join(folder, 'adapters', adapter), work, { recursive: true });
  for (const shared of ['scenario.ts', 'scenario.py', 'tsconfig.json'])
    cpSync(join(folder, 'adapters', shared), join(work, shared));
  cpSync(resolve('openapi.json'), join(work, 'openapi.json'));
  symlinkSync(join(folder, 'node_modules'), join(work, 'node_modules'));
  return work;
}

/** Generates, compiles and runs a client. @returns a cell of the table for each step, and the output of a failed one */
async function check(generator: Generator, { address, key }: Target): Promise<{ cells: string[]; failure?: string }> {
  const { needs } = generator;
  if (needs && spawnSync(needs.program[0], needs.program.slice(1)).status !== 0)
    return { cells: ['FAILED'], failure: `${needs.program[0]} is not installed: ${needs.install}` };
  const work = prepare(generator);
  const cells: string[] = [];
  for (const name of STEPS) {
    const command: Command = name === 'run' ? [...generator.run, address, key] : generator[name];
    const failure = await execute(command, work);
    cells.push(failure === undefined ? 'yes' : 'FAILED');
    if (failure !== undefined) return { cells, failure: failure.replaceAll(key, '…') };
  }
  return { cells };
}

async function clients(): Promise<number> {
  const only = process.env['ONLY'] ?? '';
  const selected = GENERATORS.filter(({ name }) => name.toLowerCase().includes(only.toLowerCase()));
  if (selected.length === 0) throw new Failure(`no generator has “${only}” in its name`);
  await install();
  const target = await startTarget();
  const size = Math.max(...selected.map(({ name }) => name.length));
  const row = (name: string, cells: string[]) =>
    console.log(`| ${name.padEnd(size)} |${STEPS.map((_, at) => ` ${(cells[at] ?? '').padEnd(9)} |`).join('')}`);
  const failures: string[] = [];
  console.log('');
  row('generator', ['generated', 'compiled', 'ran']);
  row('-'.repeat(size), Array<string>(STEPS.length).fill('-'.repeat(9)));
  for (const generator of selected) {
    const { cells, failure } = await check(generator, target);
    row(generator.name, cells);
    if (failure !== undefined) failures.push(`${generator.name}: ${failure}`);
  }
  for (const failure of failures) console.error(`\n${failure.trimEnd()}`);
  console.log(`\n${selected.length - failures.length} of ${selected.length} clients generated, compiled and run`);
  return failures.length === 0 ? 0 : 1;
}

await main('make clients', clients);
