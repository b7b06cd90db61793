import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { compile, createKey, environment, migrate, seed, startAndWatch } from './commands.ts';
import { run, startGuarded } from './guarded-process.ts';
import { tryPort } from './ports.ts';
import { ensureDatabase, startPostgres, type Postgres } from './postgres.ts';
import { Failure, main, seconds, step } from './script.ts';
import { tryItOut } from './try-it-out.ts';

const DATABASE = 'mdl';
const DATA_FOLDER = process.env['MDL_DATA_DIR'] ?? '.data/postgres';
/** How long the service may take to be ready before the reader is pointed to its log. */
const PATIENCE_MS = 60_000;

/** Everything between a clean checkout and a service that answers; Ctrl-C ends all of it. */
async function dev(): Promise<number> {
  const start = performance.now();
  const port = Number(process.env['PORT'] ?? 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Failure('PORT must be a whole number from 1 to 65535');
  if ((await tryPort(port, process.env['HOST'])) === undefined) {
    throw new Failure(`port ${port} is taken: choose another one with PORT=${port + 1} make dev`);
  }

  let postgres: Postgres | undefined;
  let databaseUrl = process.env['DATABASE_URL'] ?? '';
  const compiled = run('compiling', process.execPath, compile, environment());
  // Awaited below; until then its failure is nobody's.
  compiled.catch(() => undefined);
  await step(async () => {
    if (databaseUrl) return 'using the database of DATABASE_URL';
    postgres = await startPostgres(DATA_FOLDER);
    await ensureDatabase(postgres, DATABASE);
    databaseUrl = postgres.url(DATABASE);
    return `PostgreSQL started: ${databaseUrl}`;
  });
  const env = environment({
    NODE_ENV: process.env['NODE_ENV'] ?? 'development',
    LOG_PRETTY: process.env['LOG_PRETTY'] ?? 'true',
    // The machine of a developer is not open to its network by default.
    HOST: process.env['HOST'] ?? '127.0.0.1',
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    // Whoever reaches this machine may look; who changes something shows the key that is printed below.
    AUTH_ANONYMOUS_ROLE: process.env['AUTH_ANONYMOUS_ROLE'] ?? 'viewer',
    // Who signed in stays so when an edit restarts the service.
    AUTH_SECRET: process.env['AUTH_SECRET'] ?? randomBytes(32).toString('base64url'),
  });
  await step(async () => {
    const output = await run('the migration', process.execPath, migrate, env);
    return `migrations applied: ${output.match(/has been\s+executed successfully/g)?.length ?? 0} new`;
  });
  await step(async () => {
    await compiled;
    await run('the seed', process.execPath, seed, env);
    return 'compiled, catalogue seeded';
  });

  let key = '';
  await step(async () => {
    key = (await run('the key', process.execPath, createKey('make dev', 'dist'), env)).trim();
    return 'a key made for this run';
  });

  const service = startGuarded(process.execPath, startAndWatch, { env, inherit: true });
  const base = `http://localhost:${port}`;
  const ended = Promise.race([
    service.exited.then((code) => new Failure(`the service ended (exit code ${code}): its log is above`)),
    ...(postgres ? [postgres.exited.then(() => new Failure('PostgreSQL ended: start again with make dev'))] : []),
  ]);
  const outcome = await Promise.race([untilReady(base), ended]);
  if (outcome instanceof Failure) throw outcome;
  console.log(
    `${await tryItOut(base, key)}\n\nReady after ${seconds(start)}. Edit src/ and it restarts; Ctrl-C stops it, the database included.\n`,
  );
  throw await ended;
}

/** Waits until the service says that it is ready; says so when that takes long, because a failed start waits for an edit. */
async function untilReady(base: string): Promise<void> {
  const patience = performance.now() + PATIENCE_MS;
  for (let told = false; ; await setTimeout(50)) {
    const response = await fetch(`${base}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    if (told || performance.now() < patience) continue;
    console.error(
      'make dev: the service is not ready yet: its log is above. It restarts when you edit src/; Ctrl-C stops it.',
    );
    told = true;
  }
}

await main('make dev', dev, 0);
