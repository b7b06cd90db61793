import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { atEnd, Failure } from './script.ts';

/**
 * A shell between the script and the process. It has its own process group, so that Ctrl-C reaches only the script and
 * the script stops its processes in order. Its standard input is a pipe from the script. When the pipe closes, also
 * after `kill -9`, the process is stopped. At the end the rest of the process group is stopped.
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

/** After this time the process group is killed. */
const STOP_DEADLINE_MS = 10_000;

export interface GuardedOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  uid?: number | undefined;
  gid?: number | undefined;
  /** The signal that stops the process; TERM by default. */
  stopSignal?: 'INT' | 'TERM';
  /** A file or folder to delete when the process has ended. */
  remove?: string;
  /** Write to the terminal instead of `output`. */
  inherit?: boolean;
}

export interface GuardedProcess {
  /** The exit code of the process. */
  exited: Promise<number>;
  /** Standard output and standard error; empty with `inherit`. */
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
  // A failed start rejects `exited`, possibly before the caller awaits it.
  exited.catch(() => undefined);
  return { exited, output: [guard.stdout, guard.stderr].filter((stream) => stream !== null), stop };
}

/**
 * Runs a command of this project and returns its output, including standard error.
 *
 * @throws Failure if it fails; its output is printed first
 */
export async function run(what: string, command: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  const { exited, output } = startGuarded(command, args, { env });
  const [code, text] = await Promise.all([exited, collect(output)]);
  if (code === 0) return text;
  process.stderr.write(text);
  const reason = /^\w*Error: (.+)$/m.exec(text)?.[1] ?? `exit code ${code}`;
  throw new Failure(`${what} failed: ${reason} (its output is above)`);
}

/** Reads streams to their end, in the order of arrival. */
export async function collect(streams: Readable[]): Promise<string> {
  let text = '';
  await Promise.all(
    streams.map(async (stream) => {
      for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
    }),
  );
  return text;
}
