import { randomUUID } from 'node:crypto';
import { constants, openAsBlob } from 'node:fs';
import { access } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RemoteService } from '../config/remote-service';
import type { ImportRecord } from '../exchange/import/import-records';
import type { Progress } from '../exchange/import/progress';
import { Failure } from './command';

const POLL_MS = 1000;

/** The body of a response: an import, or a problem, which an import that was refused is too. */
type Body = Partial<ImportRecord> & { code?: string; detail?: string; errors?: { detail: string }[] };

/**
 * Sends files to the HTTP API and waits for the end of the import.
 *
 * @throws Failure with the problem of the service, why it cannot be reached, or without a key
 */
export async function importRemotely(
  { baseUrl, key }: RemoteService,
  paths: readonly string[],
  parameters: Readonly<Record<string, string>>,
  progress?: Progress,
): Promise<ImportRecord> {
  if (key === '') throw new Failure('MDL_KEY is not set. BASE_URL needs an API key of that service.');
  const headers = { authorization: `Bearer ${key}` };
  const form = new FormData();
  for (const path of paths) form.append('files', await blobOf(path), path);
  const url = `${baseUrl.replace(/\/$/, '')}/api/v1/imports`;
  const request = { method: 'POST', body: form, headers: { ...headers, 'idempotency-key': randomUUID() } };
  let { response, body } = await send(`${url}?${new URLSearchParams(parameters).toString()}`, request);
  let processed: number | undefined;
  while (body.state === 'running') {
    const { total = 0, processed: count = 0 } = body;
    if (processed === undefined && total > 0) progress?.start(total);
    if (total > 0) {
      progress?.advance(count - (processed ?? 0));
      processed = count;
    }
    await sleep(POLL_MS);
    ({ response, body } = await send(`${url}/${body.id ?? ''}`, { headers }));
  }
  if (body.report) return body as ImportRecord;
  const { code = String(response.status), detail = response.statusText } = body.error ?? body;
  throw new Failure([`${code}: ${detail}`, ...(body.errors ?? []).map((error) => error.detail)].join('\n'));
}

async function blobOf(path: string): Promise<Blob> {
  try {
    // Its error says what is wrong, that of openAsBlob does not.
    await access(path, constants.R_OK);
    return await openAsBlob(path);
  } catch (error) {
    throw new Failure(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`);
  }
}

async function send(url: string, request: RequestInit): Promise<{ response: Response; body: Body }> {
  try {
    const response = await fetch(url, request);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') === true;
    return { response, body: isJson ? (JSON.parse(text) as Body) : {} };
  } catch (error) {
    const { cause } = error as { cause?: NodeJS.ErrnoException };
    throw new Failure(`BASE_URL cannot be reached (${cause?.code ?? (error as Error).message}).`, { cause: error });
  }
}
