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
  if (config.CACHE_TTL > config.CACHE_MAX_TTL) throw new Error('CACHE_TTL: must not be more than CACHE_MAX_TTL');
  return Object.freeze({ ...config });
}
