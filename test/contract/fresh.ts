import { readFileSync, writeFileSync } from 'node:fs';

/** Compares a generated file with the text it should have; with UPDATE=1 it is written instead. */
export function expectFresh(path: string, text: string): void {
  if (process.env['UPDATE'] === '1') writeFileSync(path, text);
  // Not by expect(): the difference of two long files helps nobody.
  else if (readFileSync(path, 'utf8') !== text)
    throw new Error(
      `${path} is stale: UPDATE=1 npm test contract writes it (npm run openapi does for openapi.json); commit it`,
    );
}
