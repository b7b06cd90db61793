import { spawnSync } from 'node:child_process';

const PROBES = {
  nginx: ['-v'],
  docker: ['version'],
  prometheus: ['--version'],
  promtool: ['--version'],
  amtool: ['--version'],
  actionlint: ['-version'],
  k6: ['version'],
  oasdiff: ['--version'],
  go: ['version'],
};

export type Program = keyof typeof PROBES;

/** The required output of the probe, for programs of which one major version is needed. */
const REQUIRED: Partial<Record<Program, RegExp>> = { k6: / v2\./ };

/** Programs that some tests need and npm does not install. Go only builds others. */
export const PROGRAMS = (Object.keys(PROBES) as Program[]).filter((program) => program !== 'go');

/** Whether a program is installed. */
export function hasProgram(program: Program): boolean {
  const { status, stdout } = spawnSync(program, PROBES[program], { encoding: 'utf8' });
  return status === 0 && (REQUIRED[program]?.test(stdout) ?? true);
}
