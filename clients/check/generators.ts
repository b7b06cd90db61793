import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program with its arguments, run in the folder of the generated client. */
export type Command = [program: string, ...args: string[]];

export interface Generator {
  name: string;
  /** The folder in `adapters/`. */
  adapter: string;
  generate: Command;
  compile: Command;
  /** Runs the scenario; address and token follow. */
  run: Command;
  /** A program that the generator needs and this project does not install, with the command that installs it. */
  needs?: { program: Command; install: string };
}

const folder = import.meta.dirname;
/** The environment with the Python packages of requirements.txt. */
export const PYTHON = join(folder, 'node_modules/.cache/python');
const python = (name: string) => join(PYTHON, 'bin', name);
const { devDependencies: versions } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
  devDependencies: Record<string, string>;
};
const { 'generator-cli': archive } = JSON.parse(readFileSync(join(folder, 'openapitools.json'), 'utf8')) as {
  'generator-cli': { version: string };
};

const typescript = {
  compile: ['tsc', '--project', '.'],
  run: ['node', 'compiled/adapter.js'],
} satisfies Partial<Generator>;

const java = {
  program: ['java', '-version'],
  install: 'apt-get install default-jre-headless',
} satisfies Generator['needs'];
const openApiGenerator = (language: string, output: string): Command => [
  ...(['openapi-generator-cli', 'generate', '--openapitools', join(folder, 'openapitools.json')] as const),
  ...['--input-spec', 'openapi.json', '--generator-name', language, '--output', output],
];

/** The generators in the order of the table. */
export const GENERATORS: Generator[] = [
  {
    name: `openapi-typescript ${versions['openapi-typescript']} with openapi-fetch`,
    adapter: 'openapi-fetch',
    generate: ['openapi-typescript', 'openapi.json', '--output', 'generated/schema.ts'],
    ...typescript,
  },
  {
    name: `@hey-api/openapi-ts ${versions['@hey-api/openapi-ts']}`,
    adapter: 'hey-api',
    generate: ['openapi-ts', '--input', 'openapi.json', '--output', 'generated'],
    ...typescript,
  },
  {
    name: `orval ${versions['orval']}, fetch`,
    adapter: 'orval-fetch',
    generate: ['orval', '--config', 'orval.config.mjs'],
    ...typescript,
  },
  {
    name: `orval ${versions['orval']}, zod`,
    adapter: 'orval-zod',
    generate: ['orval', '--config', 'orval.config.mjs'],
    ...typescript,
  },
  {
    name: 'openapi-python-client',
    adapter: 'openapi-python-client',
    generate: [
      ...([python('openapi-python-client'), 'generate', '--path', 'openapi.json', '--meta', 'none'] as const),
      ...['--output-path', 'generated'],
    ],
    compile: [python('mypy'), 'adapter.py', 'generated'],
    run: [python('python'), 'adapter.py'],
  },
  {
    name: `openapi-generator ${archive.version}, Python`,
    adapter: 'openapi-generator-python',
    generate: openApiGenerator('python', '.'),
    // The generated pyproject.toml sets how strict it is.
    compile: [python('mypy'), 'adapter.py', 'openapi_client'],
    run: [python('python'), 'adapter.py'],
    needs: java,
  },
  {
    name: `openapi-generator ${archive.version}, TypeScript`,
    adapter: 'openapi-generator-typescript',
    generate: openApiGenerator('typescript-fetch', 'generated'),
    ...typescript,
    needs: java,
  },
];
