import { plainConnections } from './plain-connections';

const names = (DATABASE_URL: string, REDIS_URL = '') =>
  plainConnections({ DATABASE_URL, REDIS_URL }).map((line) => line.split(':', 1)[0]);

describe('plainConnections', () => {
  it.each([
    [
      'postgresql://mdl:x@db.example.com:5432/mdl',
      'redis://:x@cache.example.com:6379/0',
      ['DATABASE_URL', 'REDIS_URL'],
    ],
    ['postgres://mdl:x@10.0.0.5/mdl?sslmode=prefer', '', ['DATABASE_URL']],
    ['postgres://mdl:x@[2001:db8::5]/mdl?sslmode=disable', '', ['DATABASE_URL']],
    ['postgres://mdl:x@db.example.com/mdl?sslmode=verify-full', 'rediss://cache.example.com', []],
    ['postgres://mdl:x@localhost/mdl', 'redis://127.0.0.1:6379', []],
    ['postgres://mdl:x@[::1]/mdl', 'redis://[::1]', []],
    ['postgres:///mdl?host=/var/run/postgresql', '', []],
  ])('of %s and %s', (database, redis, expected) => expect(names(database, redis)).toEqual(expected));
});
