import { readConfig } from './config';

const DATABASE_URL = 'postgresql://mdl:secret@localhost:5432/mdl';
const linesOf = (environment: NodeJS.ProcessEnv): string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    return (error as Error).message.split('\n');
  }
};

describe('the configuration', () => {
  it('needs a database alone; the rest has defaults', () => {
    expect(readConfig({ DATABASE_URL })).toMatchObject({
      DATABASE_URL,
      PORT: 3000,
      DATABASE_POOL_SIZE: 10,
      TRUST_PROXY_HOPS: 0,
      DOCS_ENABLED: true,
    });
  });

  it('takes an empty variable for one that is not set', () => {
    expect(readConfig({ DATABASE_URL, PORT: '', LOG_LEVEL: '' })).toMatchObject({ PORT: 3000, LOG_LEVEL: 'info' });
  });

  it('has one line for each bad variable, which names it', () => {
    const lines = linesOf({ PORT: '99999', DATABASE_POOL_SIZE: '0', LOG_LEVEL: 'loud', DOCS_ENABLED: 'perhaps' });
    expect(lines.map((line) => /^[A-Z_]+/.exec(line)?.[0]).sort()).toEqual([
      'DATABASE_POOL_SIZE',
      'DATABASE_URL',
      'DOCS_ENABLED',
      'LOG_LEVEL',
      'PORT',
    ]);
  });

  it.each(['1e3', '-1', '1.5', ' 80', '0x50', 'true'])('does not take %j for a port', (PORT) => {
    expect(linesOf({ DATABASE_URL, PORT })).toEqual([expect.stringMatching(/^PORT: must be a whole number/)]);
  });

  it('keeps no answer longer than it may', () => {
    expect(linesOf({ DATABASE_URL, CACHE_TTL: '61', CACHE_MAX_TTL: '60' })).toEqual([
      expect.stringMatching(/^CACHE_TTL: /),
    ]);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(readConfig({ DATABASE_URL }))).toBe(true);
  });
});
