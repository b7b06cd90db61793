/** `npm run language`: finds words that the glossary in docs/architecture.md has a standard term for. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PLACES = ['src', 'docs', 'README.md', 'CONTRIBUTING.md'];

/** Words as a pattern, and the term to write instead. */
const TERMS: [string, string][] = [
  ['questions?', 'request, query or cache key'],
  ['asks?|asked|asking', 'request, query or require'],
  ['answers?|answered|answering', 'response, respond or return'],
  ['callers?', 'client, principal or user'],
  ['whoever|nobody|somebody|everybody|anybody', 'client, principal or user, or the passive voice'],
  ['told|tells?|telling', 'report, emit, log or return'],
  ['(?:is|are|was|were|be|goes|went|gone) away', 'unavailable, or aborted by the client'],
  ['by chance', 'random'],
  ['noteworthy|lest|it is said', 'plain English'],
];

/** Text that stays, and why. */
const ALLOWED: [RegExp, string][] = [
  [/\bMdl(?:StaleAnswers|DatabaseAway)\b/g, 'alert names are known to operators'],
  [/\bmdl_\w+/g, 'metric names are used by dashboards'],
];

const filesOf = (place: string): string[] =>
  place.endsWith('.md')
    ? [place]
    : readdirSync(place, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(?:ts|md)$/.test(file))
        .map((file) => join(place, file));

/** Each finding of a line, with the term to write instead. Words in camelCase identifiers are found too. */
function check(line: string): string[] {
  const text = ALLOWED.reduce((rest, [allowed]) => rest.replace(allowed, ''), line);
  const words = text.replace(/([a-z])([A-Z])/g, '$1 $2');
  return TERMS.flatMap(([pattern, instead]) =>
    [...words.matchAll(new RegExp(`(?<![a-z])(?:${pattern})(?![a-z])`, 'gi'))].map(
      ([word]) => `“${word}”: write ${instead}`,
    ),
  );
}

let findings = 0;
for (const file of PLACES.flatMap(filesOf).sort())
  for (const [index, line] of readFileSync(file, 'utf8').split('\n').entries())
    for (const finding of check(line)) {
      console.log(`${file}:${index + 1}: ${finding}`);
      findings++;
    }
process.exit(findings === 0 ? 0 : 1);
