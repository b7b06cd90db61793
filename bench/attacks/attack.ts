import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';

/** What an attacker knows. */
export interface Target {
  address: string;
  databaseUrl: string;
  /** API keys of the role editor, each of one hostile client. */
  keys: string[];
  /** A user with a password. */
  user: string;
  /** The key of a metric. */
  metric: string;
}

/** Attacks until the signal aborts. `count` counts what it sent, by status or outcome. */
export type Attack = (target: Target, until: AbortSignal, count: (outcome: string | number) => void) => Promise<void>;

export interface Sent {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  key?: string | undefined;
  /** The source address; any of 127.0.0.0/8. */
  from?: string;
}

/** Sends a request on a connection of its own. @returns the status; 0 without a response */
export function send(target: Target, { method = 'GET', path, headers = {}, body, key, from }: Sent): Promise<number> {
  return new Promise((resolve) => {
    const request = httpRequest(target.address, {
      method,
      path,
      agent: false,
      ...(from !== undefined && { localAddress: from }),
      headers: {
        ...(key !== undefined && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
        ...headers,
      },
    });
    request.on('response', (response) => {
      response.on('error', () => undefined).resume();
      response.on('close', () => resolve(response.statusCode ?? 0));
    });
    request.on('error', () => resolve(0));
    request.end(body);
  });
}

/** Runs `work` again and again, with a number of copies at the same time, until the signal aborts. */
export async function repeat(
  copies: number,
  until: AbortSignal,
  work: (copy: number, round: number) => Promise<unknown>,
): Promise<void> {
  await Promise.all(
    Array.from({ length: copies }, async (_, copy) => {
      for (let round = 0; !until.aborted; round++) await work(copy, round);
    }),
  );
}

/** Reads a stream to its end as text. */
export const readText = (stream: Readable): Promise<string> => text(stream);
