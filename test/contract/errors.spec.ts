import { type ProblemKind, problemKinds } from '../../src/problems/problem-codes';
import { violationCodes } from '../../src/validation/violation';
import { expectFresh } from './fresh';

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const errorsMarkdown = () => `# Errors

Made from \`src/problems/\` by \`UPDATE=1 npm test errors.spec\`; do not edit.

Every failure is \`application/problem+json\` (RFC 9457). \`code\` is a promise, \`detail\` may change:

\`\`\`json
{
  "type": "urn:mdl:problem:invalid_parameter",
  "title": "Invalid parameter",
  "status": 400,
  "code": "invalid_parameter",
  "detail": "limit must be a whole number from 1 to 100.",
  "instance": "/api/v1/metrics",
  "request_id": "01932f5e-7c1a-7e7a-9d3b-6f0e4f7d2a11",
  "errors": [{ "parameter": "limit", "code": "invalid_value", "detail": "limit must be a whole number from 1 to 100." }]
}
\`\`\`

400 says that the form of the request is wrong, 422 that its content is. \`request_id\` finds the request in the log.

## Codes of problems

${table(
  ['code', 'status', 'title', 'meaning'],
  Object.entries<ProblemKind>(problemKinds).map(([code, { status, title, meaning }]) => [
    `\`${code}\``,
    String(status),
    title,
    meaning,
  ]),
)}

## Codes in \`errors\`

An entry says where: \`pointer\` (RFC 6901) into the body, \`parameter\` of the query or \`header\`; in bulk requests also \`item\` and \`line\`.

${table(
  ['code', 'meaning'],
  Object.entries(violationCodes).map(([code, meaning]) => [`\`${code}\``, meaning]),
)}
`;

test('docs/errors.md lists every code', () => expectFresh('docs/errors.md', errorsMarkdown()));
