import createClient, { type Client } from 'openapi-fetch';
import { Documents, type RequestOptions, type Send } from './documents.ts';
import type { paths } from './openapi.ts';
import { ProblemError } from './problem-error.ts';
import { withRetries } from './retries.ts';
import type { Document, Transition } from './types.ts';
import { writeHeaders } from './write-headers.ts';

export interface MdlClientOptions {
  /** The address of the service, for example `https://metrics.example.com`. */
  baseUrl: string;
  /** An API key or an access token; none for anonymous requests. */
  token?: string;
  /** The number of retries of 429 and 503; 3 by default. */
  retries?: number;
  /** The longest `Retry-After` that is awaited, in milliseconds; 60,000 by default. */
  maxDelayMs?: number;
  /** Sends the requests; `fetch` by default. */
  fetch?: (request: Request) => Promise<Response>;
}

/** A client of one service. It keeps the ETags of the documents that it has read, so share it within a process. */
export class MdlClient {
  /** Every other route of the contract, with the same errors, retries and headers. */
  readonly http: Client<paths>;
  readonly metrics: Documents<'metrics'>;
  readonly domains: Documents<'domains'>;
  readonly objectives: Documents<'objectives'>;
  private readonly send: Send;

  constructor({ baseUrl, token, retries = 3, maxDelayMs = 60_000, fetch: send }: MdlClientOptions) {
    this.http = createClient<paths>({
      baseUrl,
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
      querySerializer: { array: { style: 'form', explode: false } },
      // Looked up at each request, because pages replace it to observe requests.
      fetch: withRetries(send ?? ((request) => fetch(request)), { retries, maxDelayMs }),
    });
    this.http.use(writeHeaders(), {
      async onResponse({ response }) {
        if (response.status >= 400) throw await ProblemError.of(response);
      },
    });
    this.send = sendWith(this.http);
    this.metrics = new Documents(this.send, 'metrics');
    this.domains = new Documents(this.send, 'domains');
    this.objectives = new Documents(this.send, 'objectives');
  }

  /** Changes the status of a metric. @throws ProblemError `gate_refused` with what is missing in `problem.errors` */
  transition(key: string, transition: Transition, options: RequestOptions = {}): Promise<Document<'metrics'>> {
    const path = '/api/v1/metrics/{key}/transitions';
    return this.send('post', path, { ...options, path: { key }, body: transition });
  }
}

/** The types of a path are known to the methods of `Documents` only, so here they are not. */
const sendWith = (http: Client<paths>): Send => {
  const request = http.request as unknown as (
    method: string,
    path: string,
    init: object,
  ) => Promise<{ data?: unknown }>;
  return async <Result>(
    ...[method, url, { path, query, body, headers, ifMatch, idempotencyKey, signal }]: Parameters<Send>
  ): Promise<Result> => {
    const { data } = await request(method, url, {
      params: { path, query },
      ...(body !== undefined && { body }),
      headers: {
        ...headers,
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
      },
      ...(signal && { signal }),
    });
    return data as Result;
  };
};
