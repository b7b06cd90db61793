declare module 'autocannon' {
  import type { EventEmitter } from 'node:events';

  interface Request {
    method?: string;
    path?: string;
    headers?: Record<string, string>;
    body?: string;
    setupRequest?: (request: Request) => Request;
  }
  interface Client extends EventEmitter {
    pipelinedRequests: { addBody: (data: Buffer) => void };
  }
  interface Options {
    url: string;
    connections: number;
    /** Seconds; the length unless `amount` is given. */
    duration?: number;
    amount?: number;
    overallRate?: number;
    /** Milliseconds between two looks at whether the time is over. */
    sampleInt?: number;
    setupClient?: (client: Client) => void;
    requests?: Request[];
  }
  interface Result {
    requests: { total: number };
    throughput: { total: number };
    errors: number;
    timeouts: number;
    statusCodeStats: Record<string, { count: number }>;
  }
  /** Emits `response` for each answer: the client, the status, the bytes and the milliseconds, these with fractions. */
  interface Run extends EventEmitter, PromiseLike<Result> {}
  export default function autocannon(options: Options): Run;
}
