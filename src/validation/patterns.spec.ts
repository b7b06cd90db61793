import { readFileSync } from 'node:fs';
import { fullFormats } from 'ajv-formats/dist/formats';
import { analyse } from 'scslre';

/** Every text that a keyword has in a JSON document. */
const valuesOf = (keyword: string, value: unknown): string[] =>
  value === null || typeof value !== 'object'
    ? []
    : Object.entries(value).flatMap(([name, member]) =>
        name === keyword && typeof member === 'string' ? [member] : valuesOf(keyword, member),
      );

const patterns = valuesOf('pattern', JSON.parse(readFileSync('openapi.json', 'utf8')));

// ESLint checks the patterns in the code; those of JSON Schemas are texts and parts of a package.
it.each([...new Set(patterns), (fullFormats.email as RegExp).source])('takes linear time for any text: %s', (source) =>
  expect(analyse({ source, flags: 'u' }).reports).toEqual([]),
);
