import type { JSONWebKeySet } from 'jose';
import type { Config } from '../../config/config';

/** For all that is fetched together: a request waits for it. */
const FETCH_DEADLINE_MS = 2_000;

/**
 * The key set of the identity provider, from AUTH_JWKS_URL or from where the provider's own document says.
 *
 * @throws Error when a document cannot be had, is no JSON, or is not the issuer's
 */
export async function fetchKeySet({ AUTH_ISSUER, AUTH_JWKS_URL }: Config): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(FETCH_DEADLINE_MS);
  const url = AUTH_JWKS_URL || (await discoverKeySetUrl(AUTH_ISSUER, signal));
  // What it must look like is checked by who reads it (createLocalJWKSet).
  return (await fetchJson(url, signal)) as JSONWebKeySet;
}

/** OpenID Connect Discovery 1.0, sections 4.1 and 4.3. */
async function discoverKeySetUrl(issuer: string, signal: AbortSignal): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { issuer: named, jwks_uri: found } = (await fetchJson(url, signal)) as Record<string, unknown>;
  if (named !== issuer) throw new Error(`${url} names another issuer than AUTH_ISSUER`);
  if (typeof found !== 'string' || !URL.canParse(found)) throw new Error(`${url} names no jwks_uri`);
  // Keys that came in plain text would make the TLS of the issuer worthless.
  if (new URL(issuer).protocol === 'https:' && new URL(found).protocol !== 'https:')
    throw new Error(`${url} names a jwks_uri without TLS`);
  return found;
}

/** Redirects are refused: keys come from where the configuration says. */
async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  const response = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
  const document: unknown = await response.json();
  if (typeof document !== 'object' || document === null) throw new Error(`${url} is no JSON object`);
  return document;
}
