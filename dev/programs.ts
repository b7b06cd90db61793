import { spawnSync } from 'node:child_process';

const PROBES = {
  nginx: ['-v'],
  docker: ['version'],
  prometheus: ['--version'],
  promtool: ['--version'],
  amtool: ['--version'],
  actionlint: ['-version'],
  k6: ['version'],
};

export type Program = keyof typeof PROBES;

/** What a program says of itself where not every version will do. */
const WANTED: Partial<Record<Program, RegExp>> = { k6: / v2\./ };

/** Programs that some tests need and no package brings. */
export const PROGRAMS = Object.keys(PROBES) as Program[];

/** Whether this machine has it. */
export function hasProgram(program: Program): boolean {
  const { status, stdout } = spawnSync(program, PROBES[program], { encoding: 'utf8' });
  return status === 0 && (WANTED[program]?.test(stdout) ?? true);
}
