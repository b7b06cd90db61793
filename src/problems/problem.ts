import { type ProblemCode, problemKinds } from './problem-codes';
import { MAX_ECHO, MAX_ERRORS, type Violation } from '../validation/violation';

interface ProblemOptions {
  detail?: string;
  errors?: Violation[];
  headers?: Record<string, string>;
  /** Extension members of the answer (RFC 9457, 3.2). */
  members?: Record<string, unknown>;
  cause?: unknown;
}

/** An answer other than success, thrown where it is found and rendered by the one problem filter (RFC 9457). */
export class Problem extends Error {
  readonly status: number;
  readonly errors: Violation[];
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;

  constructor(
    readonly code: ProblemCode,
    { detail, errors = [], headers = {}, members = {}, cause }: ProblemOptions = {},
  ) {
    super(detail ?? problemKinds[code].meaning, { cause });
    this.status = problemKinds[code].status;
    this.errors = errors;
    this.headers = headers;
    this.members = members;
  }

  /**
   * The 422 for a list of violations. Where all have one code that is a problem of its own (`unknown_field`, `cycle` …)
   * the answer carries that code, else `invalid_document`.
   */
  static invalid(errors: Violation[]): Problem {
    const [first] = errors;
    const alike = first !== undefined && first.code in problemKinds && errors.every(({ code }) => code === first.code);
    const code = alike ? (first.code as ProblemCode) : 'invalid_document';
    const detail = errors.length === 1 ? first?.detail : `${errors.length} things are wrong; see errors.`;
    return new Problem(problemKinds[code].status === 422 ? code : 'invalid_document', {
      errors: errors.slice(0, MAX_ERRORS),
      ...(detail && { detail }),
    });
  }

  /** The body of the answer; `instance` is the path asked for, `request_id` names the log line, `trace_id` the trace, where there is one. */
  toBody(instance: string, requestId: string, traceId?: string): Record<string, unknown> {
    const { title, status } = problemKinds[this.code];
    return {
      type: `urn:mdl:problem:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      // A path cut within an escape would be no URI reference.
      instance: instance.slice(0, MAX_ECHO).replace(/%.?$/, ''),
      request_id: requestId,
      ...(traceId !== undefined && { trace_id: traceId }),
      errors: this.errors,
      ...this.members,
    };
  }
}
