import { readConfig } from '../config/config';
import { Cursors, type Position } from './cursor';

const DATABASE_URL = 'postgresql://mdl:secret@localhost:5432/mdl';
const cursors = new Cursors(readConfig({ DATABASE_URL }));
const position: Position = { direction: 'next', values: ['2026-11-21 07:19:51.123456+00', 'ü"\\', '42'] };
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('Cursors', () => {
  it('decodes what it encoded, microseconds included', () => {
    expect(cursors.decode(cursors.encode(position, 'q'), 'q')).toEqual(position);
    const back: Position = { ...position, direction: 'prev' };
    expect(cursors.decode(cursors.encode(back, 'q'), 'q')).toEqual(back);
  });

  it('refuses a cursor of another scope', () => {
    expect(codeOf(() => cursors.decode(cursors.encode(position, 'a'), 'b'))).toBe('cursor_mismatch');
  });

  it('refuses a cursor with any character changed', () => {
    const token = cursors.encode(position, 'q');
    for (let at = 0; at < token.length; at++) {
      const other = token.charAt(at) === 'A' ? 'B' : 'A';
      expect(codeOf(() => cursors.decode(token.slice(0, at) + other + token.slice(at + 1), 'q'))).toBe(
        'invalid_cursor',
      );
    }
  });

  it.each(['x', 'AAAA', 'not base64url!', '='.repeat(20), 'A'.repeat(16), `${cursors.encode(position, 'q')}A`])(
    'refuses %s',
    (token) => expect(codeOf(() => cursors.decode(token, 'q'))).toBe('invalid_cursor'),
  );

  it('accepts cursors of every instance with the same secret, and of no other', () => {
    const token = cursors.encode(position, 'q');
    expect(new Cursors(readConfig({ DATABASE_URL })).decode(token, 'q')).toEqual(position);
    const other = new Cursors(readConfig({ DATABASE_URL, CURSOR_SECRET: 'another' }));
    expect(codeOf(() => other.decode(token, 'q'))).toBe('invalid_cursor');
  });
});
