import { type CleanedEnv, cleanEnv, EnvMissingError } from 'envalid';
import { readSecretFiles } from './secret-files';
import { findSecretFault, hasWellKnownPassword, isWellKnown } from './secret-strength';
import { settings } from './settings';

type Settings = Readonly<CleanedEnv<typeof settings>>;

/** The validated settings of this process, as a class so that Nest can inject it by type. */
export abstract class Config extends (class {} as unknown as abstract new () => Settings) {}

/**
 * Reads and validates the environment, once.
 *
 * @throws Error with one line for each invalid variable
 */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  const lines: string[] = [];
  // An empty variable counts as not set: compose files and shells produce them by accident.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  lines.push(...readSecretFiles(given));
  // envalid chooses `devDefault` by the variable itself, not by its default.
  given.NODE_ENV ??= settings.NODE_ENV.default;
  // Copied below: envalid's own object throws on the properties that Nest reads.
  const config = cleanEnv(given, settings, {
    reporter: ({ errors }) => {
      for (const [name, error] of Object.entries(errors))
        if (!(error instanceof EnvMissingError)) lines.push(`${name}: ${error.message}`);
        // readSecretFiles has reported the file already.
        else if (given[`${name}_FILE`] === undefined) lines.push(`${name} is not set`);
    },
  });
  // Invalid variables are absent from `config`, so each is reported once.
  lines.push(...findConflicts({ ...config }));
  if (lines.length > 0) throw new Error(lines.join('\n'));
  return Object.freeze({ ...config });
}

/** Finds combinations of variables that are invalid together; one line each. */
function findConflicts(config: Partial<Settings>): string[] {
  const { CACHE_TTL = 0, CACHE_MAX_TTL = Infinity, AUDIT_RETENTION_DAYS = 0, AUTH_ISSUER, AUTH_AUDIENCE } = config;
  const { SHUTDOWN_DRAIN_MS = 0, SHUTDOWN_TIMEOUT_MS = Infinity, HANDLER_TIMEOUT_MS = 0, SEND_TIMEOUT_MS = 0 } = config;
  const lines: string[] = [];
  if (CACHE_TTL > CACHE_MAX_TTL) lines.push('CACHE_TTL: must not be more than CACHE_MAX_TTL');
  if (SHUTDOWN_DRAIN_MS >= SHUTDOWN_TIMEOUT_MS)
    lines.push('SHUTDOWN_TIMEOUT_MS: must be more than SHUTDOWN_DRAIN_MS, which it includes');
  // Nothing is sent while a handler runs.
  if (SEND_TIMEOUT_MS > 0 && SEND_TIMEOUT_MS <= HANDLER_TIMEOUT_MS)
    lines.push('SEND_TIMEOUT_MS: must be 0 or more than HANDLER_TIMEOUT_MS');
  if (AUDIT_RETENTION_DAYS > 0 && AUDIT_RETENTION_DAYS < 30)
    lines.push('AUDIT_RETENTION_DAYS: must be 0 or at least 30');
  if (AUTH_ISSUER && !AUTH_AUDIENCE) lines.push('AUTH_AUDIENCE: must be set when AUTH_ISSUER is set');
  for (const name of ['AUTH_AUDIENCE', 'AUTH_JWKS_URL', 'AUTH_REQUIRE_AT_JWT'] as const)
    if (config[name] && AUTH_ISSUER === '') lines.push(`${name}: has no effect without AUTH_ISSUER`);
  return config.NODE_ENV === 'production' ? [...lines, ...findProductionFaults(config)] : lines;
}

/** Finds settings that are allowed in development and rejected in production; one line each. */
function findProductionFaults(config: Partial<Settings>): string[] {
  const { AUTH_ANONYMOUS_ROLE = 'none', AUTH_LOCAL, AUTH_SECRET } = config;
  const lines: string[] = [];
  if (AUTH_ANONYMOUS_ROLE !== 'none' && !config.AUTH_ANONYMOUS_ALLOWED)
    lines.push('AUTH_ANONYMOUS_ROLE: must be none in production, unless AUTH_ANONYMOUS_ALLOWED=true');
  if (AUTH_LOCAL && AUTH_SECRET?.length === 0) lines.push('AUTH_SECRET: must be set when AUTH_LOCAL is true');
  for (const [name, secrets] of [
    ['AUTH_SECRET', AUTH_SECRET ?? []],
    ['CURSOR_SECRET', config.CURSOR_SECRET ? [config.CURSOR_SECRET] : []],
  ] as const)
    for (const fault of secrets.flatMap((secret) => findSecretFault(secret) ?? [])) lines.push(`${name}: ${fault}`);
  for (const name of ['DATABASE_URL', 'REDIS_URL'] as const)
    if (hasWellKnownPassword(config[name] ?? '')) lines.push(`${name}: the password must not be well known`);
  if (isWellKnown(config.REDIS_PASSWORD ?? '')) lines.push('REDIS_PASSWORD: must not be well known');
  for (const name of ['AUTH_ISSUER', 'AUTH_JWKS_URL'] as const)
    if (/^http:/i.test(config[name] ?? '')) lines.push(`${name}: must be https`);
  return lines;
}
