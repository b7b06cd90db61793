import { SignJWT } from 'jose';
import { claimedIssuer, digestOf } from './bearer-token';

describe('digestOf', () => {
  it('is SHA-256', () => {
    expect(digestOf('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('claimedIssuer', () => {
  it('returns the iss claim without verifying the signature', async () => {
    const key = new Uint8Array(32);
    const token = await new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setIssuer('https://login.example')
      .sign(key);
    expect(claimedIssuer(token.replace(/[^.]*$/, 'forged'))).toBe('https://login.example');
  });

  it.each(['', 'opaque', 'a.b.c', 'e30.e30.', 'mdl_live_0123456789ab_x'])('returns undefined for %j', (token) => {
    expect(claimedIssuer(token)).toBeUndefined();
  });
});
