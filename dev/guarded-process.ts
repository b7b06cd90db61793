import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { atEnd, Failure } from './script.ts';

/**
 * Stands between the script and the process. It has a group of its own, so that Ctrl-C reaches the script alone and the
 * script decides the order of stopping. Its standard input is a pipe from the script: when that closes, even by kill -9,
 * the process is stopped too. At the end it stops what the process left behind in the group.
 */
const GUARD = `
signal=$1 remove=$2
shift 2
exec 3<&0
"$@" </dev/null 3<&- &
child=$!
trap 'kill -s "$signal" "$child" 2>/dev/null; kill -s CONT "$child" 2>/dev/null' INT TERM HUP
{ read -r _ <&3; kill -s "$signal" "$child"; kill -s CONT "$child"; } >/dev/null 2>&1 &
exec 3<&- 2>/dev/null
while kill -0 "$child" 2>/dev/null; do wait "$child"; code=$?; done
trap '' TERM
kill -s TERM 0
[ -z "$remove" ] || rm -rf -- "$remove"
exit "$code"`;

/** How long a process may take to stop before its whole group is killed. */
const STOP_DEADLINE_MS = 10_000;

export interface GuardedOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number | undefined;
  gid?: number | undefined;
  /** How the process is asked to stop: TERM unless told otherwise. */
  stopSignal?: 'INT' | 'TERM';
  /** A file or folder that is deleted when the process has ended. */
  remove?: string;
  /** Write to the terminal instead of to `output`. */
  inherit?: boolean;
}

export interface GuardedProcess {
  /** The exit code of the process. */
  exited: Promise<number>;
  /** Standard output and error; none with `inherit`. */
  output: Readable[];
  stop(): Promise<void>;
}

/** Starts a process that ends with the script, however the script ends. */
export function startGuarded(command: string, args: string[], options: GuardedOptions = {}): GuardedProcess {
  const { stopSignal = 'TERM', remove = '', inherit = false, ...spawnOptions } = options;
  const stop = async (): Promise<void> => {
    if (guard.exitCode !== null || guard.signalCode !== null || guard.pid === undefined) return;
    const pid = guard.pid;
    guard.kill('SIGTERM');
    const deadline = setTimeout(() => process.kill(-pid, 'SIGKILL'), STOP_DEADLINE_MS);
    await exited.catch(() => undefined);
    clearTimeout(deadline);
  };
  atEnd(stop);
  const stdio = inherit ? 'inherit' : 'pipe';
  const guard = spawn('/bin/sh', ['-c', GUARD, 'guard', stopSignal, remove, command, ...args], {
    ...spawnOptions,
    detached: true,
    stdio: ['pipe', stdio, stdio],
  });
  const exited = new Promise<number>((resolve, reject) => {
    guard.on('error', (error) => reject(new Failure(`${command} cannot be started: ${error.message}`)));
    guard.on('exit', (code) => resolve(code ?? 1));
  });
  // A failed start is seen by whoever awaits `exited`; nobody may be waiting yet.
  exited.catch(() => undefined);
  return { exited, output: [guard.stdout, guard.stderr].filter((stream) => stream !== null), stop };
}

/**
 * Runs a command of this project to its end and returns its output, standard error included.
 *
 * @throws Failure when it fails, after its output was printed
 */
export async function run(what: string, command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { exited, output } = startGuarded(command, args, { env });
  const [code, text] = await Promise.all([exited, collect(output)]);
  if (code === 0) return text;
  process.stderr.write(text);
  const reason = /^\w*Error: (.+)$/m.exec(text)?.[1] ?? `exit code ${code}`;
  throw new Failure(`${what} failed: ${reason} (its output is above)`);
}

/** All that the streams write until they end, in the order of arrival. */
export async function collect(streams: Readable[]): Promise<string> {
  let text = '';
  await Promise.all(
    streams.map(async (stream) => {
      for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
    }),
  );
  return text;
}
