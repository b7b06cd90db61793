import type { Service } from './scenario';

/** The service, set before the first request. */
export const service: Service = { baseUrl: '', token: '' };

/** Sends a request to the service. */
export async function send<Result>(url: string, options: RequestInit): Promise<Result> {
  const headers = new Headers(options.headers);
  headers.set('authorization', `Bearer ${service.token}`);
  const response = await fetch(service.baseUrl + url, { ...options, headers });
  const text = await response.text();
  const data: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, headers: response.headers, data } as Result;
}
