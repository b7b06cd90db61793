import { type ProblemKind, problemKinds } from '../../src/problems/problem-codes';
import { violationCodes } from '../../src/validation/violation';
import { expectFresh } from './fresh';

const table = (head: string[], rows: string[][]) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const errorsMarkdown = () => `# Errors

Generated from \`src/problems/problem-codes.ts\` and \`src/validation/violation.ts\` by
\`UPDATE=1 npm test errors.spec\`. Do not edit.

Every error response is \`application/problem+json\` (RFC 9457). \`code\` is stable; \`detail\` may change:

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

400 means that the form of the request is invalid, 422 that its content is.
\`request_id\` is in the log line of the request.

## Problem codes

${table(
  ['code', 'status', 'title', 'meaning'],
  Object.entries<ProblemKind>(problemKinds).map(([code, { status, title, meaning }]) => [
    `\`${code}\``,
    String(status),
    title,
    meaning,
  ]),
)}

## Violation codes

Each entry of \`errors\` has a location: \`pointer\` (RFC 6901) in the body, \`parameter\` of the query or \`header\`.
Bulk requests add \`item\` and \`line\`.

${table(
  ['code', 'meaning'],
  Object.entries(violationCodes).map(([code, meaning]) => [`\`${code}\``, meaning]),
)}
`;

test('docs/errors.md lists every code', () => expectFresh('docs/errors.md', errorsMarkdown()));
