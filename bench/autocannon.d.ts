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
    /** Seconds. Not used with `amount`. */
    duration?: number;
    amount?: number;
    overallRate?: number;
    /** Milliseconds between two checks of the duration. */
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
  /** Emits `response` for each response with the client, status, bytes and (fractional) milliseconds. */
  interface Run extends EventEmitter, PromiseLike<Result> {}
  export default function autocannon(options: Options): Run;
}
