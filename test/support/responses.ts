import type { TestResponse, TestApp } from './app';

/** The status, code and violations of a problem response. */
export const problemOf = ({ status, body }: TestResponse) => ({
  status,
  code: (body as { code: string }).code,
  errors: (body as { errors: { pointer?: string; parameter?: string; code: string }[] }).errors.map(
    ({ pointer, parameter, code }) => `${pointer ?? parameter ?? ''} ${code}`,
  ),
});

/** The keys of a list, in its order. The key is the first member of a document. */
export const keysOf = ({ body }: TestResponse): string[] =>
  (body as { data: Record<string, string>[] }).data.map((document) => Object.values(document)[0] ?? '');

/** The target of a link of a response, by its relation. */
export const linkOf = ({ headers }: TestResponse, relation: string): string | undefined =>
  new RegExp(`<([^>]*)>; rel="${relation}"`).exec(headers.link ?? '')?.[1];

/** The lines of an NDJSON response. */
export const linesOf = ({ text }: TestResponse): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Follows a relation of the Link header until there is none. @returns all responses */
export async function followLinks(t: TestApp, from: string, relation: 'next' | 'prev'): Promise<TestResponse[]> {
  const responses: TestResponse[] = [];
  for (let url: string | undefined = from; url !== undefined;) {
    const response: TestResponse = await t.get(url);
    if (response.status !== 200 || responses.length === 400)
      throw new Error(`${response.status} after ${responses.length} links`);
    responses.push(response);
    url = linkOf(response, relation);
  }
  return responses;
}
