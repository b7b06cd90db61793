import type { CredentialSource } from './credential-source';
import { CredentialSources } from './credential-sources';

const source = (prefix: string): CredentialSource => ({
  maxCacheMs: Infinity,
  accepts: (token) => token.startsWith(prefix),
  identify: () => Promise.resolve(undefined),
});

describe('CredentialSources', () => {
  it('finds the source that accepts a token', () => {
    const [a, b] = [source('a'), source('b')];
    const sources = new CredentialSources();
    sources.register(a);
    sources.register(b);
    expect(sources.find('a1')).toBe(a);
    expect(sources.find('b1')).toBe(b);
    expect(sources.find('c1')).toBeUndefined();
  });
});
