import { randomBytes } from 'node:crypto';
import { findSecretFault, isWellKnown } from './secret-strength';

describe('a password', () => {
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
  ])('is not well known: %j', (password) => expect(isWellKnown(password)).toBe(false));
});

describe('a signing secret', () => {
  it.each<[string, RegExp]>([
    ['secret', /^must not be well known/],
    ['keyboard cat', /^must not be well known/],
    ['your-256-bit-secret', /^must not be well known/],
    ['a-string-secret-at-least-256-bits-long', /^must not be well known/],
    ['please-change-me-please-change-me-please', /^must not be well known/],
    ['super-secret-super-secret-super-secret-1', /^must not be well known/],
    ['', /^must have at least 32 characters/],
    ['Zq8vT1nWc4xR7yLp2sDkFg6hJm9bNa0', /^must have at least 32 characters/],
    ['0'.repeat(64), /^must be random/],
    ['abc'.repeat(20), /^must be random/],
    ['987654321'.repeat(5), /^must be random/],
  ])('is rejected: %j', (secret, fault) => expect(findSecretFault(secret)).toMatch(fault));

  it('gets a message with the command that generates one, without the secret', () => {
    for (const secret of ['supersecret', 'Zq8vT1nWc4', 'Zq8'.repeat(20)]) {
      expect(findSecretFault(secret)).toContain('`openssl rand -base64 32`');
      expect(findSecretFault(secret)).not.toContain(secret);
    }
  });

  it.each(['base64', 'base64url', 'hex'] as const)('accepts 256 random bits in %s', (encoding) => {
    for (let n = 0; n < 1000; n++) expect(findSecretFault(randomBytes(32).toString(encoding))).toBeUndefined();
  });

  it('accepts 32 characters', () => expect(findSecretFault('Zq8vT1nWc4xR7yLp2sDkFg6hJm9bNa0e')).toBeUndefined());
});
