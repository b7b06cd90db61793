import type { FetchImplementation } from 'jose';

/** The discovery document of an issuer (OpenID Connect Discovery 1.0, section 4). */
export const discoveryUrl = (issuer: string): string => `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;

/** A fetch implementation for jose that reads the discovery document at a URL and fetches the key set that it names. */
export const fetchDiscoveredKeySet =
  (issuer: string): FetchImplementation =>
  async (url, options) => {
    const response = await fetch(url, options);
    if (response.status !== 200) throw new Error(`${url} responded with ${response.status}`);
    const keySetUrl = readKeySetUrl(await response.json(), issuer);
    return fetch(keySetUrl, options);
  };

/** The `jwks_uri` of a discovery document (sections 3 and 4.3). */
function readKeySetUrl(document: unknown, issuer: string): string {
  const { issuer: named, jwks_uri: url } = Object(document) as Record<string, unknown>;
  if (named !== issuer) throw new Error('The discovery document names another issuer than AUTH_ISSUER');
  if (typeof url !== 'string' || !URL.canParse(url)) throw new Error('The discovery document has no valid jwks_uri');
  // Keys that were fetched in plain text would void the TLS of the issuer.
  if (new URL(issuer).protocol === 'https:' && new URL(url).protocol !== 'https:')
    throw new Error('The discovery document has a jwks_uri without TLS');
  return url;
}
