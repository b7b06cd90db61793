import { problemKinds, type ProblemCode } from '../../src/problems/problem-codes';
import type { Violation } from '../../src/validation/violation';
import type { TestResponse, TestApp } from '../support/app';

/** The members that every problem has (RFC 9457 and the service's own), in their order. */
const MEMBERS = ['type', 'title', 'status', 'code', 'detail', 'instance', 'request_id', 'errors'];

/** Extension members of some problems. */
const EXTENSIONS: Partial<Record<ProblemCode, string[]>> = {
  already_exists: ['version', 'etag'],
  import_refused: ['id', 'state', 'source', 'report'],
  in_use: ['counts', 'users'],
  invalid_transition: ['from', 'allowed'],
  not_ready: ['details'],
  page_too_deep: ['last_page'],
  payload_too_large: ['limit'],
  precondition_failed: ['version', 'etag'],
};
/** A trace, a path of a source file or a piece of SQL. */
const INTERNALS =
  /\bat .+:\d+:\d+|node_modules|\.(ts|js):\d|\b(SELECT|INSERT|UPDATE|DELETE)\b.*\b(FROM|INTO|SET)\b|pg_|SQLSTATE/;
const MAX_ECHO = 100;
/** Longer inputs are of one repeated character, which the second check finds. */
const MAX_SEARCHED = 20_000;

export interface ProblemBody {
  status: number;
  code: ProblemCode;
  detail: string;
  errors: Violation[];
  [member: string]: unknown;
}

/** Asserts that a response is a documented problem and contains neither internals nor long parts of the input. */
export function expectProblem(response: Pick<TestResponse, 'status' | 'headers' | 'text'>, input = ''): ProblemBody {
  expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(response.headers['cache-control']).toBe('no-store');
  const problem = JSON.parse(response.text) as ProblemBody;
  const { title, status } = problemKinds[problem.code];
  expect(Object.keys(problem)).toEqual([...MEMBERS, ...(EXTENSIONS[problem.code] ?? [])]);
  expect(problem).toMatchObject({ type: `urn:mdl:problem:${problem.code}`, title, status });
  expect(response.status).toBe(status);
  expect(response.headers['x-request-id']).toBe(problem.request_id);
  expect(response.text).not.toMatch(INTERNALS);
  expect(echoIn(response.text, input)).toBeUndefined();
  return problem;
}

/** A part of the input longer than 100 characters that the text contains. */
function echoIn(text: string, input: string): string | undefined {
  const repeated = /(.)\1{100}/u.exec(text)?.[0];
  if (repeated !== undefined || input.length > MAX_SEARCHED) return repeated;
  const characters = [...input];
  for (let at = 0; at + MAX_ECHO < characters.length; at++) {
    const piece = characters.slice(at, at + MAX_ECHO + 1).join('');
    if (text.includes(piece)) return piece;
  }
  return undefined;
}

/** A problem in one line: `422 invalid_document /name blank, ?page invalid_value, If-Match: invalid_format`. */
export function inShort({ status, code, errors }: ProblemBody): string {
  const places = errors.map(
    ({ pointer, parameter, header, item, code: violation }) =>
      `${item === undefined ? '' : `#${item}`}${pointer ?? (parameter === undefined ? `${header}:` : `?${parameter}`)} ${violation}`,
  );
  return [`${status} ${code}`, places.join(', ')].filter(Boolean).join(' ');
}

/** A digest of the whole database: equal before and after a request that writes nothing. */
export async function contentOf(app: TestApp): Promise<unknown> {
  const tables = await app.sql<{ name: string }>(`SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'`);
  const digests = tables.map(
    ({ name }) =>
      `(SELECT md5(coalesce(string_agg(row::text, ',' ORDER BY row::text), '')) FROM ${name} AS row) AS ${name}`,
  );
  const [row] = await app.sql(`SELECT ${digests.join(', ')}`);
  return row;
}
