import { isApiKeyId, makeApiKey, parseApiKey } from './api-key-text';

describe('the text of an API key', () => {
  it('is parsed into the parts it was made of', () => {
    for (let n = 0; n < 100; n++) {
      const made = makeApiKey('live');
      expect(parseApiKey(made.text)).toEqual(made);
      expect(isApiKeyId(made.id)).toBe(true);
    }
  });

  it('has a secret of 256 random bits', () => {
    const { text } = makeApiKey('live');
    expect(Buffer.from(text.slice(-43), 'base64url')).toHaveLength(32);
    expect(new Set(Array.from({ length: 1000 }, () => makeApiKey('live').text.slice(-43))).size).toBe(1000);
  });

  it.each([
    '',
    'mdl_live_0123456789ab_',
    `mdl_live_0123456789AB_${'x'.repeat(43)}`,
    `mdl_live_0123456789ab_${'x'.repeat(42)}`,
    `mdl_live_0123456789ab_${'x'.repeat(44)}`,
    `mdl_live_0123456789ab_${'x'.repeat(42)}=`,
    `mdl__0123456789ab_${'x'.repeat(43)}`,
    ` mdl_live_0123456789ab_${'x'.repeat(43)}`,
    `mdl_live_0123456789ab_${'x'.repeat(43)}\n`,
  ])('cannot be %j', (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });
});
