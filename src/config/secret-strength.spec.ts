import { randomBytes } from 'node:crypto';
import { isWellKnown, secretFault } from './secret-strength';

describe('a password of others', () => {
  it.each([
    ...['postgres', 'PostgreSQL', 'root', 'admin', 'mdl', 'Metrics', 'redis', 'password', 'PASS', 'secret', 'test'],
    ...['user', '1234', '12345678', 'changeme', 'change-me', 'please_change_me_now', 'ChangeMe123', 'default'],
    ...['your-password-placeholder', 'example', 'supersecret', 'super-secret', 'your_own_secret'],
  ])('is well known: %s', (password) => expect(isWellKnown(password)).toBe(true));

  it.each([
    '',
    'postgres-Wq81',
    'Kq7-nondefault-Zx81vW',
    '12345x',
    'unsecret',
    'rooted',
    'kudzu panel oxide',
    'Tr0ub4dor&3',
  ])('is not: %j', (password) => expect(isWellKnown(password)).toBe(false));
});

describe('a secret that signs', () => {
  it.each<[string, RegExp]>([
    ['secret', /^it is well known/],
    ['keyboard cat', /^it is well known/],
    ['your-256-bit-secret', /^it is well known/],
    ['a-string-secret-at-least-256-bits-long', /^it is well known/],
    ['please-change-me-please-change-me-please', /^it is well known/],
    ['super-secret-super-secret-super-secret-1', /^it is well known/],
    ['', /^must have 32 characters/],
    ['Zq8vT1nWc4xR7yLp2sDkFg6hJm9bNa0', /^must have 32 characters/],
    ['0'.repeat(64), /^it is too regular/],
    ['abc'.repeat(20), /^it is too regular/],
    ['987654321'.repeat(5), /^it is too regular/],
  ])('is refused: %j', (secret, fault) => expect(secretFault(secret)).toMatch(fault));

  it('says how to make one, and not what it was', () => {
    for (const secret of ['supersecret', 'Zq8vT1nWc4', 'Zq8'.repeat(20)]) {
      expect(secretFault(secret)).toContain('`openssl rand -base64 32`');
      expect(secretFault(secret)).not.toContain(secret);
    }
  });

  it.each(['base64', 'base64url', 'hex'] as const)('may be any 256 random bits in %s', (encoding) => {
    for (let n = 0; n < 1000; n++) expect(secretFault(randomBytes(32).toString(encoding))).toBeUndefined();
  });

  it('may have 32 characters', () => expect(secretFault('Zq8vT1nWc4xR7yLp2sDkFg6hJm9bNa0e')).toBeUndefined());
});
