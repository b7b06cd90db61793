import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../app.module';
import { type Config, readConfig } from '../config/config';
import { toDatabaseProblem } from '../database/database-errors';

/** A failure that the reader can act on: told in its message, without a stack. */
export class Failure extends Error {}

/** Wrong words on the command line: told together with the usage. */
export class UsageError extends Failure {}

/** What a command works with. */
export interface CommandContext {
  app: INestApplicationContext;
  config: Config;
}

export interface Command<Options> {
  name: string;
  usage: string;
  /** @throws UsageError, or what `parseArgs` throws */
  parse: (args: string[]) => Options;
  /** @returns the exit code */
  run: (context: CommandContext, options: Options) => Promise<number>;
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs a command over the whole service but its HTTP side, and sets the exit code: 2 for a wrong call, 1 for a failure. */
export async function runCommand<Options>({ name, usage, parse, run }: Command<Options>): Promise<void> {
  const fail = (code: number, text: string) => {
    process.exitCode = code;
    process.stderr.write(text.replace(/^/gm, `${name}: `) + '\n');
  };
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.once(signal, () => {
      // Off the line of the progress bar.
      if (process.stderr.isTTY) process.stderr.write('\n');
      // PostgreSQL rolls the open transaction back when the connection ends.
      fail(code, 'interrupted; what was finished before stays written, running it again does the rest');
      process.exit();
    });
  }
  let app: INestApplicationContext | undefined;
  try {
    const options = parse(process.argv.slice(2));
    const config = commandConfig();
    app = await NestFactory.createApplicationContext(AppModule.of(config), { logger: false, abortOnError: false });
    process.exitCode = await run({ app, config }, options);
  } catch (error) {
    if (isUsage(error)) {
      fail(2, error.message);
      process.stderr.write(`${usage}\n`);
    } else fail(1, reasonOf(error));
  } finally {
    await app?.close();
  }
}

/** The service's settings, but for what concerns only those who wait for an answer over HTTP. */
function commandConfig(): Config {
  try {
    return { ...readConfig(), DATABASE_STATEMENT_TIMEOUT_MS: 0, LOG_LEVEL: 'silent', LOG_PRETTY: false };
  } catch (error) {
    throw new Failure((error as Error).message, { cause: error });
  }
}

const isUsage = (error: unknown): error is Error =>
  error instanceof UsageError || String((error as { code?: unknown }).code).startsWith('ERR_PARSE_ARGS');

/** What to mend, in one line; a stack only for what is a defect of ours. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: string };
  if (code === '42P01') return 'The database has no tables yet: npm run migration:run makes them.';
  // Wrong password, no such database, no permission, not enough disk … (PostgreSQL manual, appendix A)
  if (error instanceof Failure || /^(28|3D|53|42501)/.test(code ?? '')) return error.message;
  const problem = toDatabaseProblem(error);
  if (problem?.code === 'database_unavailable' || problem?.code === 'overloaded')
    return `The database of DATABASE_URL does not answer (${code ?? error.message}).`;
  return error.stack ?? error.message;
}
