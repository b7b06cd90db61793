import { readFileSync, writeFileSync } from 'node:fs';

/** Compares a generated file with its expected text; with UPDATE=1 writes it instead. */
export function expectFresh(path: string, text: string): void {
  if (process.env['UPDATE'] === '1') writeFileSync(path, text);
  // Not with expect(): the diff of two long files is not useful.
  else if (readFileSync(path, 'utf8') !== text)
    throw new Error(
      `${path} is stale: UPDATE=1 npm test contract writes it (npm run openapi does for openapi.json); commit it`,
    );
}
