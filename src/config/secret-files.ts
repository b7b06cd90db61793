import { readFileSync } from 'node:fs';
import { SECRETS } from './settings';

/**
 * Reads each secret whose `<name>_FILE` is set into `environment`, without a byte order mark and trailing line ends.
 *
 * @returns one line for each file that cannot be used
 */
export function readSecretFiles(environment: NodeJS.ProcessEnv): string[] {
  const lines: string[] = [];
  for (const name of SECRETS) {
    const path = environment[`${name}_FILE`];
    if (path === undefined) continue;
    if (environment[name] !== undefined) lines.push(`${name}_FILE: ${name} is set too; set only one of them`);
    else
      try {
        const secret = readFileSync(path, 'utf8').replace(/^\uFEFF|(?<![\r\n])[\r\n]+$/g, '');
        if (secret.trim() === '') lines.push(`${name}_FILE: the file is empty`);
        else environment[name] = secret;
      } catch (error) {
        lines.push(`${name}_FILE: the file cannot be read (${(error as NodeJS.ErrnoException).code})`);
      }
  }
  return lines;
}
