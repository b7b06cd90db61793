import { type CleanedEnv, cleanEnv, EnvMissingError } from 'envalid';
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
  // An empty variable means "not set": compose files and shells produce them by accident.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  // A plain copy: envalid's own object throws on the properties that Nest probes.
  const config = cleanEnv(given, settings, {
    reporter: ({ errors }) => {
      const lines = Object.entries(errors).map(([name, error]) =>
        error instanceof EnvMissingError ? `${name} is not set` : `${name}: ${error.message}`,
      );
      if (lines.length > 0) throw new Error(lines.join('\n'));
    },
  });
  const refused = refusals(config);
  if (refused.length > 0) throw new Error(refused.join('\n'));
  return Object.freeze({ ...config });
}

/** What no variable gets wrong alone, a line each. */
function refusals(config: Settings): string[] {
  const lines: string[] = [];
  if (config.CACHE_TTL > config.CACHE_MAX_TTL) lines.push('CACHE_TTL: must not be more than CACHE_MAX_TTL');
  if (config.NODE_ENV === 'production' && config.AUTH_ANONYMOUS_ROLE !== 'none' && !config.AUTH_ANONYMOUS_ALLOWED)
    lines.push(
      'AUTH_ANONYMOUS_ROLE: production is closed to callers without credentials, unless AUTH_ANONYMOUS_ALLOWED=true',
    );
  if (config.AUTH_ISSUER && !config.AUTH_AUDIENCE) lines.push('AUTH_AUDIENCE: must be set where AUTH_ISSUER is');
  for (const name of ['AUTH_AUDIENCE', 'AUTH_JWKS_URL'] as const)
    if (config[name] && !config.AUTH_ISSUER) lines.push(`${name}: means nothing without AUTH_ISSUER`);
  for (const name of ['AUTH_ISSUER', 'AUTH_JWKS_URL'] as const)
    if (config.NODE_ENV === 'production' && URL.canParse(config[name]) && new URL(config[name]).protocol === 'http:')
      lines.push(`${name}: must be https`);
  return lines;
}
