import type { Problem } from './types.ts';

/** The service responded with an error. Compare `code`, which is stable; `message` can change. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly status: number;
  /** The stable code of the problem; `unexpected_response` for a response without one, for example from a proxy. */
  readonly code: Problem['code'] | 'unexpected_response';
  /** The body of the response, with the violations in `errors`. */
  readonly problem: Partial<Problem>;

  constructor(status: number, problem: Partial<Problem>, message: string) {
    super(`${status}: ${message}`);
    this.status = status;
    this.code = problem.code ?? 'unexpected_response';
    this.problem = problem;
  }

  /** Reads the body of an error response. */
  static async of(response: Response): Promise<ProblemError> {
    const text = await response.text();
    const isProblem = /^application\/problem\+json\b/.test(response.headers.get('content-type') ?? '');
    if (!isProblem) return new ProblemError(response.status, {}, text.slice(0, 200) || response.statusText);
    const problem = JSON.parse(text) as Problem;
    return new ProblemError(response.status, problem, `${problem.code}: ${problem.detail}`);
  }
}
