import { readFileSync } from 'node:fs';
import type { KeyResultDto } from './dto/key-result.dto';
import { elapsedShare, progressOf, progressOfKeyResult } from './progress';

const result = (changes: Partial<KeyResultDto> = {}): KeyResultDto => ({ kr_id: 'KR', name: 'A result', ...changes });
const timeframe = { start: '2026-01-01', end: '2026-01-11' };
const day = (date: string) => new Date(`${date}T15:30:00Z`);

const valueOf = (text = '') => (text === '–' ? undefined : text === 'null' ? null : Number(text));

/** The table of docs/objectives.md: direction, baseline, target, current value, progress. */
const [, table = ''] =
  /<!-- progress -->\n([^]*)<!-- \/progress -->/.exec(readFileSync('docs/objectives.md', 'utf8')) ?? [];
const rows = table
  .trim()
  .split('\n')
  .slice(2)
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('the progress of a key result', () => {
  it('is documented for every direction, baseline and current value', () => {
    expect(rows.length).toBeGreaterThan(60);
  });

  it.each(rows)(
    '%s by direction %s, from %s to %s, at %s, is %s',
    (_, direction, baseline, target, current, progress) => {
      const values = { baseline: valueOf(baseline), target: valueOf(target), current: valueOf(current) };
      const given = { ...values, direction: direction === '–' ? undefined : direction } as Partial<KeyResultDto>;
      expect(progressOf({ key_results: [result(given)] }, new Date()).progress).toBe(valueOf(progress));
    },
  );

  it('is null for a target or a current value of null', () => {
    expect(progressOfKeyResult(result({ target: null, current: 3 }))).toBeNull();
    expect(progressOfKeyResult(result({ target: 3, current: null }))).toBeNull();
  });

  it('is less than 1 where floating point rounds to it', () => {
    expect(progressOfKeyResult(result({ baseline: -1e16, target: 1, current: 0 }))).toBe(0.9999);
  });
});

describe('the elapsed fraction of a time frame', () => {
  it.each([
    ['2025-12-31', 0],
    ['2026-01-01', 0],
    ['2026-01-06', 0.5],
    ['2026-01-11', 1],
    ['2027-01-01', 1],
  ])('on %s is %d', (date, share) => expect(elapsedShare(timeframe, day(date))).toBe(share));
});

describe('the progress of an objective', () => {
  it('is the weighted mean of the key results that have a value', () => {
    const key_results = [
      result({ target: 10, current: 10, weight: 3 }),
      result({ target: 10, current: 0 }),
      result({ target: 10, current: null, weight: 100 }),
    ];
    expect(progressOf({ key_results }, day('2026-01-01')).progress).toBe(0.75);
  });

  it('is 1 only if every key result is', () => {
    const key_results = [result({ target: 10, current: 10, weight: 100_000 }), result({ target: 10, current: 9 })];
    const { progress, progress_status } = progressOf({ key_results, timeframe }, day('2027-01-01'));
    expect([progress, progress_status]).toEqual([0.9999, 'off_track']);
  });

  it('is null without a status if no key result has a value', () => {
    const { progress, progress_status } = progressOf({ key_results: [result()], timeframe }, day('2026-01-05'));
    expect([progress, progress_status]).toEqual([null, null]);
  });

  it('has no status without a time frame', () => {
    const { progress, progress_status } = progressOf({ key_results: [result({ target: 2, current: 1 })] }, new Date());
    expect([progress, progress_status]).toEqual([0.5, null]);
  });

  it.each([
    ['2026-01-01', 'on_track'],
    ['2026-01-05', 'on_track'],
    ['2026-01-06', 'at_risk'],
    ['2026-01-07', 'at_risk'],
    ['2026-01-08', 'off_track'],
    ['2026-01-11', 'off_track'],
  ])('of 0.3 is on %s %s', (date, status) => {
    const progress = progressOf({ key_results: [result({ target: 10, current: 3 })], timeframe }, day(date));
    expect(progress.progress_status).toBe(status);
    expect(progress.key_results[0]?.progress_status).toBe(status);
  });

  it('of a maintained key result does not depend on the elapsed time', () => {
    const key_results = [result({ target: 100, current: 50, direction: 'maintain' })];
    const progress = progressOf({ key_results, timeframe }, day('2026-01-01'));
    expect(progress.key_results[0]).toMatchObject({ progress: 0, progress_status: 'off_track' });
  });

  it('is rounded to four digits and does not change the input', () => {
    const key_results = [result({ target: 3, current: 1 })];
    expect(progressOf({ key_results }, new Date()).progress).toBe(0.3333);
    expect(key_results[0]).not.toHaveProperty('progress');
  });

  it('is off track after the time frame unless it is complete', () => {
    const close = { key_results: [result({ target: 10, current: 9.9 })], timeframe };
    expect(progressOf(close, day(timeframe.end)).progress_status).toBe('on_track');
    expect(progressOf(close, day('2027-06-01')).progress_status).toBe('off_track');
    const whole = { key_results: [result({ target: 10, current: 10 })], timeframe };
    expect(progressOf(whole, day('2027-06-01')).progress_status).toBe('on_track');
  });

  it.each(['on_hold', 'cancelled'])('has no status while it is %s', (status) => {
    const { progress, progress_status } = progressOf(
      { key_results: [result({ target: 10, current: 5 })], timeframe, status },
      day('2026-01-05'),
    );
    expect([progress, progress_status]).toEqual([0.5, null]);
  });
});
