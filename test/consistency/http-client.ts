import { Agent, request } from 'node:http';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

const brotliDecompress = promisify(zlib.brotliDecompress);
const gunzip = promisify(zlib.gunzip);

/** Longer than any timeout of the service and any freeze of the check. */
const TIMEOUT_MS = 20_000;

export interface HttpResponse {
  status: number;
  headers: Record<string, string | undefined>;
  text: string;
}

/** An HTTP client with keep-alive connections that reports every connection error. */
export class HttpClient {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: Infinity, scheduling: 'fifo' });
  private readonly port: number;

  constructor(port: number) {
    this.port = port;
  }

  /** @throws the error of the connection where the response is incomplete */
  send(method: string, path: string, headers: Record<string, string> = {}, body?: unknown): Promise<HttpResponse> {
    const text = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          agent: this.agent,
          host: '127.0.0.1',
          port: this.port,
          method,
          path,
          timeout: TIMEOUT_MS,
          headers: {
            ...headers,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const { statusCode = 0 } = response;
            const headers = response.headers as HttpResponse['headers'];
            decoded(Buffer.concat(chunks), headers['content-encoding']).then(
              (bytes) => resolve({ status: statusCode, headers, text: bytes.toString() }),
              reject,
            );
          });
        },
      );
      sent.on('timeout', () => sent.destroy(Object.assign(new Error('no response in time'), { code: 'ETIMEDOUT' })));
      sent.on('error', reject);
      sent.end(text);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}

async function decoded(bytes: Buffer, encoding: string | undefined): Promise<Buffer> {
  if (encoding === 'br') return brotliDecompress(bytes);
  if (encoding === 'gzip') return gunzip(bytes);
  return bytes;
}
