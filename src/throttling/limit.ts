/** A number of requests in a fixed window. */
export interface Limit {
  /** Identifies the limit in `RateLimit-Policy`, in statistics and in the storage. */
  readonly name: string;
  readonly quota: number;
  readonly windowMs: number;
}

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
    /** Undefined until the request is counted, and on requests that are not limited. */
    appliedLimits: AppliedLimit[] | undefined;
  }
}
