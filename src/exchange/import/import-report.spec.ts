import { ImportReport } from './import-report';
import { reportText } from './report-text';

describe('ImportReport', () => {
  const refusal = {
    line: 7,
    pointer: '/metrics/2/metric_id',
    code: 'missing_key',
    detail: 'metric_id must not be empty.',
  };

  it('counts by file and in total', () => {
    const report = new ImportReport();
    report.file('a.ndjson').totals.created += 3;
    report.file('a.ndjson').totals.unchanged++;
    report.file('b.json').totals.updated++;
    report.file('b.json').refuse(refusal);
    expect(report.file('a.ndjson').totals).toEqual({ created: 3, updated: 0, unchanged: 1, refused: 0 });
    expect(report.totals()).toEqual({ created: 3, updated: 1, unchanged: 1, refused: 1 });
  });

  it('has exit code 1 for a refused document, and 0 for dangling references', () => {
    const report = new ImportReport();
    report.file('a').totals.created++;
    report.dangling.add({ from: { resource: 'metrics', key: 'A' }, pointer: '/related/0', to: 'metrics/B' });
    expect(report.exitCode()).toBe(0);
    report.file('a').refuse(refusal);
    expect(report.exitCode()).toBe(1);
  });

  it('lists refusals with place and reason, and dangling references', () => {
    const report = new ImportReport();
    report.file('b.json').refuse(refusal);
    report.file('b.json').note({ line: 1, pointer: '', detail: 'a remark' });
    report.file('gone.json').refuse({ line: 0, pointer: '', code: 'unreadable_file', detail: 'no such file' });
    report.dangling.add({ from: { resource: 'metrics', key: 'A' }, pointer: '/related/0', to: 'metrics/B' });
    expect(reportText(report.toJson()).split('\n')).toEqual([
      'b.json',
      '  0 created, 0 updated, 0 unchanged, 1 refused',
      '  line 7 /metrics/2/metric_id  missing_key: metric_id must not be empty.',
      '  line 1  note: a remark',
      'gone.json',
      '  0 created, 0 updated, 0 unchanged, 1 refused',
      '  file  unreadable_file: no such file',
      'Dangling references: 1',
      '  metrics/A /related/0 → metrics/B',
      'Total: 0 created, 0 updated, 0 unchanged, 2 refused',
      '',
    ]);
  });

  it('leaves out files without content, and counts them', () => {
    const report = new ImportReport();
    report.file('model.yml');
    report.file('metrics.yml').totals.unchanged++;
    expect(reportText(report.toJson()).split('\n')).toEqual([
      'metrics.yml',
      '  0 created, 0 updated, 1 unchanged, 0 refused',
      'Files without a document: 1',
      'Total: 0 created, 0 updated, 1 unchanged, 0 refused',
      '',
    ]);
  });

  it('counts a document with several violations once', () => {
    const report = new ImportReport();
    report.file('a').refuse(refusal, { ...refusal, pointer: '/name' });
    expect(report.totals().refused).toBe(1);
    expect(reportText(report.toJson())).toContain('line 7 /name');
  });

  it('states that a dry run wrote nothing', () => {
    expect(reportText(new ImportReport({ dryRun: true }).toJson())).toMatch(/^Dry run, nothing written: 0 created/);
  });

  it('replaces control characters', () => {
    const report = new ImportReport();
    report.file('a').refuse({ ...refusal, detail: 'key \u001b[2J\nsecond line' });
    expect(reportText(report.toJson())).toContain('key �[2J�second line');
  });
});
