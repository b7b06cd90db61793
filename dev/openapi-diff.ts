/**
 * `npm run openapi:diff` compares openapi.json with the contract of the last release, which is openapi.json at the newest
 * tag v*. It fails for a breaking change that the version in package.json does not allow (docs/api-policy.md).
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasProgram } from './programs.ts';
import { Failure, main } from './script.ts';

const MODULE = 'github.com/oasdiff/oasdiff@v1.37.0';
/** Where the policy differs from the levels of oasdiff. */
const LEVELS = join(import.meta.dirname, 'openapi-diff.levels');
/** A deprecated operation exists for this number of days before its sunset. */
const DEPRECATION_DAYS = 180;
/** The exit code of oasdiff for changes of the level of `--fail-on`. */
const FOUND = 1;

function diff(): Promise<number> {
  const tag = newestTag();
  if (tag === undefined) {
    console.log('There is no tag v* yet, so there is no released contract to compare with.');
    return Promise.resolve(0);
  }
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  const breaking = findBreakingChanges(tag);
  if (breaking === '') {
    console.log(`No breaking change since ${tag}.`);
    return Promise.resolve(0);
  }
  console.log(breaking);
  const least = nextBreaking(tag);
  const isAllowed = compare(partsOf(version), least) >= 0;
  console.log(
    isAllowed
      ? `Version ${version} allows these breaking changes since ${tag}.`
      : `Version ${version} allows no breaking change since ${tag}: undo them, or raise the version in package.json to ${least.join('.')} (docs/api-policy.md).`,
  );
  return Promise.resolve(isAllowed ? 0 : 1);
}

/** The newest release in the history of this commit. @throws Failure if the history is incomplete */
function newestTag(): string | undefined {
  if (git('rev-parse', '--is-shallow-repository') === 'true')
    throw new Failure('this clone is shallow and can lack the tag of the last release: git fetch --unshallow --tags');
  return git('tag', '--merged', 'HEAD', '--list', 'v[0-9]*', '--sort=-version:refname').split('\n', 1)[0] || undefined;
}

function git(...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync('git', args, { encoding: 'utf8' });
  if (error ?? status !== 0) throw new Failure(error ? `git is not installed` : stderr.trim());
  return stdout.trim();
}

/** The report of oasdiff; empty without breaking changes. */
function findBreakingChanges(tag: string): string {
  const [program = '', ...before] = oasdiff();
  const options = ['--fail-on', 'WARN', '--severity-levels', LEVELS, '--color', 'never'];
  const days = ['--deprecation-days-stable', String(DEPRECATION_DAYS)];
  const args = [...before, 'breaking', `${tag}:openapi.json`, 'openapi.json', ...options, ...days];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0 && status !== FOUND) throw new Failure(`oasdiff failed: ${stderr.trim()}`);
  return status === FOUND ? stdout.trim() : '';
}

function oasdiff(): string[] {
  if (hasProgram('oasdiff')) return ['oasdiff'];
  if (hasProgram('go')) return ['go', 'run', MODULE];
  throw new Failure(
    `oasdiff is not installed, and neither is Go (https://go.dev/dl), with which: go install ${MODULE}`,
  );
}

const partsOf = (version: string): number[] => version.replace(/^v/, '').split(/[.+-]/, 3).map(Number);

/** The next version that may break clients: the next major version, below 1.0.0 the next minor version. */
function nextBreaking(released: string): number[] {
  const [major = 0, minor = 0] = partsOf(released);
  return major === 0 ? [0, minor + 1, 0] : [major + 1, 0, 0];
}

/** Compares the numbers of two versions from left to right. */
function compare(one: number[], other: number[]): number {
  const index = one.findIndex((part, at) => part !== other[at]);
  return index === -1 ? 0 : (one[index] ?? 0) - (other[index] ?? 0);
}

await main('npm run openapi:diff', diff);
