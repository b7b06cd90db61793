import { type ProblemCode, problemKinds } from './problem-codes';
import { MAX_ECHO, MAX_ERRORS, type Violation } from '../validation/violation';

interface ProblemOptions {
  detail?: string;
  errors?: Violation[];
  headers?: Record<string, string>;
  /** Extension members of the response (RFC 9457, 3.2). */
  members?: Record<string, unknown>;
  /** The error concerns this client alone: another one that waits for the same response is not affected. */
  isOfClient?: boolean;
  cause?: unknown;
}

/** An error response (RFC 9457): thrown anywhere, sent by `ProblemFilter`. */
export class Problem extends Error {
  readonly status: number;
  readonly errors: Violation[];
  readonly headers: Record<string, string>;
  readonly members: Record<string, unknown>;
  readonly isOfClient: boolean;

  constructor(
    readonly code: ProblemCode,
    { detail, errors = [], headers = {}, members = {}, isOfClient = false, cause }: ProblemOptions = {},
  ) {
    super(detail ?? problemKinds[code].meaning, { cause });
    this.status = problemKinds[code].status;
    this.errors = errors;
    this.headers = headers;
    this.members = members;
    this.isOfClient = isOfClient;
  }

  /**
   * The 422 for a list of violations. Its code is that of the violations where all have the same one and a problem has
   * that code too (`unknown_field`, `cycle` …), otherwise `invalid_document`.
   */
  static invalid(errors: Violation[]): Problem {
    const [first] = errors;
    const haveOneCode =
      first !== undefined && first.code in problemKinds && errors.every(({ code }) => code === first.code);
    const code = haveOneCode ? (first.code as ProblemCode) : 'invalid_document';
    const count = errors.length > MAX_ERRORS ? `more than ${MAX_ERRORS} errors; errors lists the first` : undefined;
    const detail =
      errors.length === 1 ? first?.detail : `The body has ${count ?? `${errors.length} errors; see errors`}.`;
    return new Problem(problemKinds[code].status === 422 ? code : 'invalid_document', {
      errors: errors.slice(0, MAX_ERRORS),
      ...(detail && { detail }),
    });
  }

  /**
   * The body of the response.
   *
   * @param instance the path of the request
   * @param requestId identifies the lines of the log
   * @param traceId undefined where the request is not traced
   */
  toBody(instance: string, requestId: string, traceId?: string): Record<string, unknown> {
    const { title, status } = problemKinds[this.code];
    return {
      type: `urn:mdl:problem:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      // A path that is cut within an escape would not be a URI reference.
      instance: instance.slice(0, MAX_ECHO).replace(/%.?$/, ''),
      request_id: requestId,
      ...(traceId !== undefined && { trace_id: traceId }),
      errors: this.errors,
      ...this.members,
    };
  }
}
