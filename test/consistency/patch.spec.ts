import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { compileService } from '../support/service.ts';

const PATCHES = [
  ...['test/consistency/broken', 'test/durability/broken'].flatMap((folder) =>
    readdirSync(folder).map((file) => `${folder}/${file}`),
  ),
  'test/consistency/slow-fills.cjs',
  'bench/unobserved.cjs',
];

describe('preloaded patches', () => {
  let folder: string;

  beforeAll(async () => {
    await compileService();
    folder = mkdtempSync(join(tmpdir(), 'mdl-patch-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Preloads a patch into an empty program in a folder of the compiled service. */
  const preload = (patch: string, build: string) => {
    const program = join(build, 'empty.js');
    writeFileSync(program, '');
    return spawnSync(process.execPath, ['--require', resolve(patch), program], { encoding: 'utf8' });
  };
  const write = (file: string, text: string) => {
    const path = join(folder, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };

  it.each(PATCHES)('%s patches the service', (patch) => {
    expect(preload(patch, resolve('.build'))).toMatchObject({ status: 0, stderr: '' });
  });

  it('fail for a missing file, export or method, with its name', () => {
    const patch = 'test/consistency/broken/own-rows-only.cjs';
    expect(preload(patch, folder).stderr).toContain('there is no file');
    write('generations/resource-dependencies.js', 'exports.Other = class {};');
    expect(preload(patch, folder).stderr).toContain('has no export ResourceDependencies');
    write('generations/resource-dependencies.js', 'exports.ResourceDependencies = class { other() {} };');
    const { status, stderr } = preload(patch, folder);
    expect([status, stderr]).toEqual([1, expect.stringContaining('has no method ResourceDependencies.of')]);
  });
});
