import { execFileSync } from 'node:child_process';
import { hasProgram } from '../../dev/programs.ts';

// Without an engine; `npm test` says in a line of its own what is skipped for want of docker.
(hasProgram('docker') ? describe : describe.skip)('docker', () => {
  const docker = (...args: string[]) => execFileSync('docker', args, { encoding: 'utf8', stdio: 'pipe' });

  it('finds docker-compose.yml valid', () => {
    expect(() => docker('compose', '--profile', '*', 'config', '--quiet')).not.toThrow();
  });
});
