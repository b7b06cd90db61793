import { type CleanedEnv, cleanEnv, EnvMissingError } from 'envalid';
import { readSecretFiles } from './secret-files';
import { hasWellKnownPassword, isWellKnown, secretFault } from './secret-strength';
import { settings } from './settings';

type Settings = Readonly<CleanedEnv<typeof settings>>;

/** The validated settings of this process: a class, so that it can be injected by its name; nothing else reads the environment. */
export abstract class Config extends (class {} as unknown as abstract new () => Settings) {}

/**
 * Reads and validates the environment, once.
 *
 * @throws Error whose message has one line for each bad variable and names it
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const lines: string[] = [];
  // An empty variable means "not set": compose files and shells produce them by accident.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  lines.push(...readSecretFiles(given));
  // What a development default depends on, envalid takes from the variable alone.
  given.NODE_ENV ??= settings.NODE_ENV.default;
  // A plain copy: envalid's own object throws on the properties that Nest probes.
  const config = cleanEnv(given, settings, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors))
        if (!(error instanceof EnvMissingError)) lines.push(`${name}: ${error.message}`);
        // Why its file has none is said already.
        else if (given[`${name}_FILE`] === undefined) lines.push(`${name} is not set`);
    },
  });
  // What is wrong alone is absent here, and says so once.
  lines.push(...refusals({ ...config }));
  if (lines.length > 0) throw new Error(lines.join('\n'));
  return Object.freeze({ ...config });
}

/** What no variable gets wrong alone, a line each. */
function refusals(config: Partial<Settings>): string[] {
  const { CACHE_TTL = 0, CACHE_MAX_TTL = Infinity, AUTH_ISSUER, AUTH_AUDIENCE } = config;
  const { SHUTDOWN_DRAIN_MS = 0, SHUTDOWN_TIMEOUT_MS = Infinity } = config;
  const lines: string[] = [];
  if (CACHE_TTL > CACHE_MAX_TTL) lines.push('CACHE_TTL: must not be more than CACHE_MAX_TTL');
  if (SHUTDOWN_DRAIN_MS >= SHUTDOWN_TIMEOUT_MS)
    lines.push('SHUTDOWN_TIMEOUT_MS: must be more than SHUTDOWN_DRAIN_MS, which is a part of it');
  if (AUTH_ISSUER && !AUTH_AUDIENCE) lines.push('AUTH_AUDIENCE: must be set where AUTH_ISSUER is');
  for (const name of ['AUTH_AUDIENCE', 'AUTH_JWKS_URL'] as const)
    if (config[name] && AUTH_ISSUER === '') lines.push(`${name}: means nothing without AUTH_ISSUER`);
  return config.NODE_ENV === 'production' ? [...lines, ...inProduction(config)] : lines;
}

/** What is good enough for development and not for production. */
function inProduction(config: Partial<Settings>): string[] {
  const { AUTH_ANONYMOUS_ROLE = 'none', AUTH_LOCAL, AUTH_SECRET } = config;
  const lines: string[] = [];
  if (AUTH_ANONYMOUS_ROLE !== 'none' && !config.AUTH_ANONYMOUS_ALLOWED)
    lines.push(
      'AUTH_ANONYMOUS_ROLE: production is closed to callers without credentials, unless AUTH_ANONYMOUS_ALLOWED=true',
    );
  if (AUTH_LOCAL && AUTH_SECRET?.length === 0) lines.push('AUTH_SECRET: must be set where AUTH_LOCAL is');
  for (const [name, secrets] of [
    ['AUTH_SECRET', AUTH_SECRET ?? []],
    ['CURSOR_SECRET', config.CURSOR_SECRET ? [config.CURSOR_SECRET] : []],
  ] as const)
    for (const fault of secrets.flatMap((secret) => secretFault(secret) ?? [])) lines.push(`${name}: ${fault}`);
  for (const name of ['DATABASE_URL', 'REDIS_URL'] as const)
    if (hasWellKnownPassword(config[name] ?? '')) lines.push(`${name}: the password is well known`);
  if (isWellKnown(config.REDIS_PASSWORD ?? '')) lines.push('REDIS_PASSWORD: it is well known');
  for (const name of ['AUTH_ISSUER', 'AUTH_JWKS_URL'] as const)
    if (/^http:/i.test(config[name] ?? '')) lines.push(`${name}: must be https`);
  return lines;
}
