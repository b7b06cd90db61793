import type { Answer, TestApp } from './app';

/** The status, code and violations of a problem response. */
export const problemOf = ({ status, body }: Answer) => ({
  status,
  code: (body as { code: string }).code,
  errors: (body as { errors: { pointer?: string; parameter?: string; code: string }[] }).errors.map(
    ({ pointer, parameter, code }) => `${pointer ?? parameter ?? ''} ${code}`,
  ),
});

/** The keys of a list, in its order. The key is the first member of a document. */
export const keysOf = ({ body }: Answer): string[] =>
  (body as { data: Record<string, string>[] }).data.map((document) => Object.values(document)[0] ?? '');

/** The target of a link of a response, by its relation. */
export const linkOf = ({ headers }: Answer, relation: string): string | undefined =>
  new RegExp(`<([^>]*)>; rel="${relation}"`).exec(headers.link ?? '')?.[1];

/** The lines of an NDJSON response. */
export const linesOf = ({ text }: Answer): Record<string, unknown>[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Follows a relation of the Link header until there is none. @returns all responses */
export async function followLinks(t: TestApp, from: string, relation: 'next' | 'prev'): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let url: string | undefined = from; url !== undefined;) {
    const answer: Answer = await t.get(url);
    if (answer.status !== 200 || answers.length === 400)
      throw new Error(`${answer.status} after ${answers.length} links`);
    answers.push(answer);
    url = linkOf(answer, relation);
  }
  return answers;
}
