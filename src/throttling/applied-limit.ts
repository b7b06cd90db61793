import type { Limit } from './limits';

/** A limit that a request was counted against. */
export interface AppliedLimit extends Limit {
  /** The tracker that was counted. */
  readonly key: string;
  /** Requests in the window, this one included. */
  used: number;
  /** Seconds until the window ends, at least one. */
  readonly seconds: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined until the request is counted, and on requests that are free. */
    appliedLimits: AppliedLimit[] | undefined;
  }
}
