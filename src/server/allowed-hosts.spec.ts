import { randomUUID } from 'node:crypto';
import { readConfig } from '../config/config';
import { allowedHosts } from './allowed-hosts';

const check = (environment: Record<string, string>) =>
  allowedHosts(readConfig({ DATABASE_URL: `postgresql://mdl:${randomUUID()}@localhost/mdl`, ...environment }));
const LOCAL = [
  'localhost',
  'LocalHost:3000',
  'mdl.localhost:3000',
  '127.0.0.1',
  '192.168.1.7:80',
  '[::1]',
  '[fe80::1]:3000',
];
const FOREIGN = [
  'evil.example',
  'evil.example:3000',
  'localhost.evil.example',
  'notlocalhost',
  '127.0.0.1.evil.example',
  '',
  'a b',
  '[evil]',
  'localhost:x',
  '1.2.3',
];

describe('allowedHosts', () => {
  it('are localhost and addresses in development, where pages of other sites must not read the service', () => {
    const isAllowed = check({ NODE_ENV: 'development' });
    expect(LOCAL.filter((host) => !isAllowed?.(host))).toEqual([]);
    expect(FOREIGN.filter((host) => isAllowed?.(host))).toEqual([]);
  });

  it('are also the names of ALLOWED_HOSTS, in production too', () => {
    for (const NODE_ENV of ['development', 'production']) {
      const isAllowed = check({ NODE_ENV, ALLOWED_HOSTS: 'mdl.example.com,Other' });
      expect([...LOCAL, 'MDL.example.com:443', 'other'].filter((host) => !isAllowed?.(host))).toEqual([]);
      expect([...FOREIGN, 'x.mdl.example.com'].filter((host) => isAllowed?.(host))).toEqual([]);
    }
  });

  it('are any in production by default, and with *', () => {
    expect([check({ NODE_ENV: 'production' }), check({ ALLOWED_HOSTS: '*' })]).toEqual([undefined, undefined]);
  });

  it.each(['a:80', 'http://a', 'a,,b', 'a b', '*.a'])('cannot be %j', (ALLOWED_HOSTS) => {
    expect(() => check({ ALLOWED_HOSTS })).toThrow(/^ALLOWED_HOSTS: must be host names/);
  });
});
