import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module';
import { type Config, readConfig } from '../config/config';
import { toConnectionProblem, toDatabaseProblem } from '../database/database-errors';
import { Problem } from '../problems/problem';

/** An error with a message for the user. It is printed without a stack trace. */
export class Failure extends Error {}

/** An error in the arguments. It is printed with the usage. */
export class UsageError extends Failure {}

interface Command<Options> {
  name: string;
  usage: string;
  /** @throws UsageError, or the error of `parseArgs` */
  parse: (args: string[]) => Options;
  /** Runs the command without the application, where that is possible. @returns the exit code */
  runWithoutApp?: (options: Options) => Promise<number> | undefined;
  /** @returns the exit code */
  run: (context: { app: INestApplicationContext; config: Config }, options: Options) => Promise<number>;
}

/** How long an interrupted command may take to record that it has ended. */
const CLOSE_MS = 5000;
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Runs a command with the whole application except HTTP, and sets the exit code: 2 for a usage error, 1 for a failure.
 * `--help` prints the usage.
 */
export async function runCommand<Options>(command: Command<Options>): Promise<void> {
  const { name, usage, parse, run, runWithoutApp } = command;
  const fail = (code: number, text: string) => {
    process.exitCode = code;
    process.stderr.write(text.replace(/^/gm, `${name}: `) + '\n');
  };
  let app: INestApplicationContext | undefined;
  const interruption = new AbortController();
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      // Start a new line after the progress bar.
      if (process.stderr.isTTY) process.stderr.write('\n');
      // PostgreSQL rolls back the open transaction when the connection ends.
      fail(code, 'interrupted; only completed transactions are stored, repeat the command for the rest');
      interruption.abort();
      const exit = () => process.exit();
      setTimeout(exit, CLOSE_MS);
      // An import is recorded as interrupted, or its source could not be imported again for a minute.
      (app?.close() ?? Promise.resolve()).then(exit, exit);
    });
  }
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(`${usage}\n`);
    return;
  }
  try {
    const options = parse(process.argv.slice(2));
    const alone = await runWithoutApp?.(options);
    if (alone !== undefined) {
      process.exitCode = alone;
      return;
    }
    const config = commandConfig();
    app = await NestFactory.createApplicationContext(AppModule.of(config), { logger: false, abortOnError: false });
    process.exitCode = await run({ app, config }, options);
  } catch (error) {
    if (interruption.signal.aborted) return;
    if (isUsage(error)) {
      fail(2, error.message);
      process.stderr.write(`${usage}\n`);
    } else fail(1, reasonOf(error));
  } finally {
    if (!interruption.signal.aborted) await app?.close();
  }
}

/** The settings of the service, without the limits for HTTP requests. */
function commandConfig(): Config {
  try {
    return {
      ...readConfig(),
      DATABASE_STATEMENT_TIMEOUT_MS: 0,
      DATABASE_LOCK_TIMEOUT_MS: 0,
      LOG_LEVEL: 'silent',
      LOG_PRETTY: false,
    };
  } catch (error) {
    throw new Failure((error as Error).message, { cause: error });
  }
}

const isUsage = (error: unknown): error is Error =>
  error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');

/** Formats an error in one line. Only an unexpected error is printed with its stack trace. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  if (error instanceof Problem && error.cause !== undefined) return reasonOf(error.cause);
  if (code === '42P01') return 'The database has no tables. Create them with npm run migration:run.';
  // Wrong password, no such database, no permission, not enough disk, read-only … (PostgreSQL manual, appendix A)
  if (error instanceof Failure || /^(25006|28|3D|53|58|42501)/.test(code ?? '')) return error.message;
  const problem = toConnectionProblem(error) ?? toDatabaseProblem(error);
  // What the service refuses is no fault of the command: no stack trace.
  if (error instanceof Problem && error.status < 500) return `${error.code}: ${error.message}`;
  if (problem?.code === 'database_unavailable' || problem?.code === 'overloaded')
    return `The database of DATABASE_URL is unavailable (${code ?? error.message}).`;
  return error.stack ?? error.message;
}
