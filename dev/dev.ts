import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { compile, createKey, environment, migrate, seed, startAndWatch } from './commands.ts';
import { run, startGuarded } from './guarded-process.ts';
import { tryPort } from './ports.ts';
import {
  APPLICATION_ROLE,
  asApplication,
  ensureApplicationRole,
  ensureDatabase,
  startPostgres,
  type Postgres,
} from './postgres.ts';
import { Failure, main, seconds, step } from './script.ts';
import { tryItOut } from './try-it-out.ts';

const DATABASE = 'mdl';
const DATA_FOLDER = process.env['MDL_DATA_DIR'] ?? '.data/postgres';
/** After this time a hint to the log is printed. */
const HINT_AFTER_MS = 60_000;

/** Starts the service from a clean checkout: PostgreSQL, migrations, seed and watch mode. Ctrl-C stops everything. */
async function dev(): Promise<number> {
  const start = performance.now();
  const port = Number(process.env['PORT'] ?? 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Failure('PORT must be a whole number from 1 to 65535');
  if ((await tryPort(port, process.env['HOST'])) === undefined) {
    throw new Failure(`port ${port} is in use: choose another port with PORT=${port + 1} make dev`);
  }

  let postgres: Postgres | undefined;
  let databaseUrl = process.env['DATABASE_URL'] ?? '';
  /** The owner of the tables, who migrates them. */
  let owner: NodeJS.ProcessEnv = {};
  const compiled = run('compiling', process.execPath, compile, environment());
  // It is awaited below. Until then a rejection must not be unhandled.
  compiled.catch(() => undefined);
  await step(async () => {
    if (databaseUrl) return 'using the database of DATABASE_URL';
    postgres = await startPostgres(DATA_FOLDER);
    await ensureDatabase(postgres, DATABASE);
    const ownerUrl = postgres.url(DATABASE);
    await ensureApplicationRole(ownerUrl);
    owner = { DATABASE_URL: ownerUrl, APPLICATION_ROLE };
    databaseUrl = asApplication(ownerUrl);
    return `PostgreSQL started: ${databaseUrl}`;
  });
  const env = environment({
    NODE_ENV: process.env['NODE_ENV'] ?? 'development',
    LOG_PRETTY: process.env['LOG_PRETTY'] ?? 'true',
    // By default the service of a developer is not reachable from the network.
    HOST: process.env['HOST'] ?? '127.0.0.1',
    PORT: String(port),
    PUBLIC_URL: process.env['PUBLIC_URL'] ?? `http://localhost:${port}`,
    DATABASE_URL: databaseUrl,
    // Reads are anonymous. Writes need the API key that is printed below.
    AUTH_ANONYMOUS_ROLE: process.env['AUTH_ANONYMOUS_ROLE'] ?? 'viewer',
    // Sessions stay valid when an edit restarts the service.
    AUTH_SECRET: process.env['AUTH_SECRET'] ?? randomBytes(32).toString('base64url'),
  });
  await step(async () => {
    const output = await run('the migration', process.execPath, migrate, { ...env, ...owner });
    return `migrations applied: ${output.match(/has been\s+executed successfully/g)?.length ?? 0} new`;
  });
  await step(async () => {
    await compiled;
    await run('the seed', process.execPath, seed, env);
    return 'compiled, catalogue seeded';
  });

  let key = '';
  await step(async () => {
    key = (await run('the API key', process.execPath, createKey('make dev', 'dist'), env)).trim();
    return 'API key created';
  });

  const service = startGuarded(process.execPath, startAndWatch, { env, inherit: true });
  const base = `http://localhost:${port}`;
  const ended = Promise.race([
    service.exited.then((code) => new Failure(`the service ended with exit code ${code}; its log is above`)),
    ...(postgres ? [postgres.exited.then(() => new Failure('PostgreSQL ended: repeat make dev'))] : []),
  ]);
  const outcome = await Promise.race([untilReady(base), ended]);
  if (outcome instanceof Failure) throw outcome;
  console.log(
    `${await tryItOut(base, key)}\n\nReady after ${seconds(start)}. The service restarts when src/ changes. Ctrl-C stops it and the database.\n`,
  );
  throw await ended;
}

/** Waits until the service is ready. Prints a hint if that takes long, because a failed start waits for an edit. */
async function untilReady(base: string): Promise<void> {
  const hintAt = performance.now() + HINT_AFTER_MS;
  for (let hasHinted = false; ; await setTimeout(50)) {
    const response = await fetch(`${base}/health/ready`).catch(() => undefined);
    await response?.body?.cancel();
    if (response?.status === 200) return;
    if (hasHinted || performance.now() < hintAt) continue;
    console.error(
      'make dev: the service is not ready yet; its log is above. It restarts when src/ changes. Ctrl-C stops it.',
    );
    hasHinted = true;
  }
}

await main('make dev', dev, 0);
