import { spawnSync } from 'node:child_process';

const PROBES = {
  nginx: ['-v'],
  docker: ['version'],
  prometheus: ['--version'],
  promtool: ['--version'],
  amtool: ['--version'],
};

export type Program = keyof typeof PROBES;

/** Programs that some tests need and no package brings. */
export const PROGRAMS = Object.keys(PROBES) as Program[];

/** Whether this machine has it. */
export const hasProgram = (program: Program): boolean => spawnSync(program, PROBES[program]).status === 0;
