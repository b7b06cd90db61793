import { readFileSync } from 'node:fs';
import { SECRETS } from './settings';

/**
 * Puts into the environment what the files hold that `<name>_FILE` names, without the marks and line ends that editors leave.
 * The result has a line for each that cannot be had.
 */
export function readSecretFiles(environment: NodeJS.ProcessEnv): string[] {
  const lines: string[] = [];
  for (const name of SECRETS) {
    const path = environment[`${name}_FILE`];
    if (path === undefined) continue;
    if (environment[name] !== undefined)
      lines.push(`${name}_FILE: ${name} is set too, and only one of them can be meant`);
    else
      try {
        const secret = readFileSync(path, 'utf8').replace(/^\uFEFF|[\r\n]+$/g, '');
        if (secret.trim() === '') lines.push(`${name}_FILE: the file is empty`);
        else environment[name] = secret;
      } catch (error) {
        lines.push(`${name}_FILE: the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
      }
  }
  return lines;
}
