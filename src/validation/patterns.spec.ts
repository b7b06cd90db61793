import { spawnSync } from 'node:child_process';
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

const patterns = [...new Set(valuesOf('pattern', JSON.parse(readFileSync('openapi.json', 'utf8'))))];

// ESLint checks the patterns in the code; those of JSON Schemas are texts and parts of a package.
it.each([...patterns, (fullFormats.email as RegExp).source])('takes linear time for any text: %s', (source) =>
  expect(analyse({ source, flags: 'u' }).reports).toEqual([]),
);

// Validators of most languages compile patterns without the flag u, and RE2 (Go) knows no look-around and no \1.
it.each(patterns)('means the same without the flag u and in other languages: %s', (source) => {
  expect(() => new RegExp(source)).not.toThrow();
  expect(source).not.toMatch(/\\[pPuUkcx1-9]|\(\?/);
});

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython) process.stderr.write('SKIPPED: patterns are not compiled by Python, there is no python3\n');

(hasPython ? it : it.skip)('compiles in Python', () => {
  const program = 'import json, re, sys\nfor pattern in json.load(sys.stdin): re.compile(pattern)';
  const { stderr, status } = spawnSync('python3', ['-c', program], {
    input: JSON.stringify(patterns),
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  expect(patterns.length).toBeGreaterThan(5);
});
