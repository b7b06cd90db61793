import { LineCounter } from 'yaml';
import { parseDocuments } from './yaml-documents';

describe('parseDocuments', () => {
  const read = (text: string) =>
    parseDocuments(text, new LineCounter(), {}).map((one) => [one.toJS() as unknown, one.errors.length]);

  it.each(["'", '"'])('accepts the last line of a quoted text (%s) with the indentation of its key', (quote) => {
    const text = `list:\n  - name: a\n    data: ${quote}{\n      1,\n    }${quote}\n    next: b\n  - c\nlast: ${quote}x\ny${quote}\nend: 1\n`;
    expect(read(text)).toEqual([[{ list: [{ name: 'a', data: '{ 1, }', next: 'b' }, 'c'], last: 'x y', end: 1 }, 0]]);
  });

  it('refuses one with less, and a quote that is not closed', () => {
    expect(read("a:\n  b:\n    c: 'x\n  y'\n")[0]?.[1]).not.toBe(0);
    expect(read("a: 'x\nb: 1\n")[0]?.[1]).not.toBe(0);
  });

  it('reads several documents, and none', () => {
    expect(read('a: 1\n---\nb: 2\n')).toEqual([
      [{ a: 1 }, 0],
      [{ b: 2 }, 0],
    ]);
    expect(read('# nothing\n')).toEqual([]);
  });
});
