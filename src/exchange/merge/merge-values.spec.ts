import { type MemberConflict, mergeValue } from './merge-values';

function merge(base: unknown, local: unknown, source: unknown, prefer: 'local' | 'source' = 'local') {
  const conflicts: MemberConflict[] = [];
  const onConflict = (conflict: MemberConflict) => void conflicts.push(conflict);
  const merged = mergeValue({ base, local, source }, '', { prefer, onConflict });
  return { merged: merged ?? {}, conflicts: conflicts.map(({ member }) => member) };
}

const item = (size: number) => ({ name: 'm', size });

describe('a three-way merge', () => {
  it.each([
    ['no change', { a: 1 }, { a: 1 }, { a: 1 }, { a: 1 }],
    ['a change by the source', { a: 1 }, { a: 1 }, { a: 2 }, { a: 2 }],
    ['a change here', { a: 1 }, { a: 2 }, { a: 1 }, { a: 2 }],
    ['the same change', { a: 1 }, { a: 2 }, { a: 2 }, { a: 2 }],
    ['a removal by the source', { a: 1, b: 1 }, { a: 1, b: 1 }, { b: 1 }, { b: 1 }],
    ['a removal here', { a: 1, b: 1 }, { b: 1 }, { a: 1, b: 1 }, { b: 1 }],
    ['additions by both', { a: 1 }, { a: 1, b: 1 }, { a: 1, c: 1 }, { a: 1, b: 1, c: 1 }],
    [
      'changes of one object',
      { a: { x: 1, y: 1 } },
      { a: { x: 2, y: 1 } },
      { a: { x: 1, y: 2 } },
      { a: { x: 2, y: 2 } },
    ],
    [
      'members added and removed in extra',
      { extra: { d: { m: 1 } } },
      { extra: { d: { m: 1 }, note: 'x' } },
      {},
      { extra: { note: 'x' } },
    ],
    ['a set', { t: ['a', 'b'] }, { t: ['b', 'c'] }, { t: ['a', 'b', 'd'] }, { t: ['b', 'c', 'd'] }],
    ['a set that the source removes', { t: ['a'] }, { t: ['A', 'mine'] }, {}, { t: ['mine'] }],
    ['a set without a base', undefined, { t: ['a'] }, { t: ['b', 'A'] }, { t: ['a', 'b'] }],
    [
      'items with an identity',
      {
        r: [
          { kr_id: '1', target: 1 },
          { kr_id: '2', target: 1 },
        ],
      },
      {
        r: [
          { kr_id: '1', target: 1, current: 5 },
          { kr_id: '2', target: 1 },
        ],
      },
      {
        r: [
          { kr_id: '3', target: 3 },
          { kr_id: '1', target: 2 },
        ],
      },
      {
        r: [
          { kr_id: '1', target: 2, current: 5 },
          { kr_id: '3', target: 3 },
        ],
      },
    ],
  ])('of %s has no conflict', (_, base, local, source, merged) => {
    expect(merge(base, local, source)).toEqual({ merged, conflicts: [] });
  });

  it.each([
    ['different changes', { a: 1 }, { a: 2 }, { a: 3 }, '/a'],
    ['a change here of what the source removes', { a: 1 }, { a: 2 }, {}, '/a'],
    ['a removal here of what the source changes', { a: { b: 1 } }, {}, { a: { b: 2 } }, '/a/b'],
    ['a change of an item that the source removes', { l: [item(1)] }, { l: [item(2)] }, {}, '/l/m'],
    ['a removal of an item that the source changes', { l: [item(1)] }, {}, { l: [item(2)] }, '/l/m'],
    ['different values without a base', undefined, { a: 1 }, { a: 2 }, '/a'],
    ['lists in extra', { extra: { l: [1] } }, { extra: { l: [2] } }, { extra: { l: [3] } }, '/extra/l'],
    ['texts in lists of extra', { extra: { l: ['a'] } }, { extra: { l: ['b'] } }, { extra: { l: ['c'] } }, '/extra/l'],
    ['items without an identity', { l: [{ x: 1 }] }, { l: [{ x: 2 }] }, { l: [{ x: 3 }] }, '/l'],
  ])('of %s has a conflict, which either side can win', (_, base, local, source, member) => {
    expect(merge(base, local, source)).toEqual({ merged: local, conflicts: [member] });
    expect(merge(base, local, source, 'source')).toEqual({ merged: source, conflicts: [member] });
  });
});
