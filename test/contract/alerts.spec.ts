import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { hasProgram, type Program } from '../../dev/programs.ts';
import { LOG_CONTEXTS } from '../../src/telemetry/log-contexts';
import { concurrently } from '../support/concurrently';

const FOLDER = 'ops/prometheus';
const RUNBOOKS = 'docs/runbooks';

interface Alert {
  alert: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}
interface RuleTest {
  alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[];
}
interface TestFile {
  rule_files: [string];
  tests: RuleTest[];
}

const read = (file: string) => readFileSync(join(FOLDER, file), 'utf8');
const { rule_files: ruleFiles } = parse(read('prometheus.yml')) as { rule_files: string[] };
const testFiles = readdirSync(FOLDER).filter((file) => file.endsWith('_test.yml'));
const tests = testFiles.map((file) => parse(read(file)) as TestFile);
const alerts = ruleFiles.flatMap((file) =>
  (parse(read(file)) as { groups: { rules: Partial<Alert>[] }[] }).groups
    .flatMap(({ rules }) => rules)
    .filter((rule): rule is Alert => rule.alert !== undefined),
);

const run = promisify(execFile);
const describeWith = (program: Program, block: () => void) =>
  (hasProgram(program) ? describe : describe.skip)(program, block);

describe('alerts', () => {
  it.each(alerts.map((rule) => [rule.alert, rule] as const))(
    '%s has a severity, a summary and a runbook, and tests that fire and do not fire',
    (name, { labels, annotations }) => {
      expect(['page', 'ticket']).toContain(labels.severity);
      expect(annotations.summary).toMatch(/\S/);
      expect(annotations.runbook).toBe(`${RUNBOOKS}/${name}.md`);
      const [title, , command] = readFileSync(annotations.runbook, 'utf8').split('\n');
      expect([title, command]).toEqual([`# ${name}`, '```sh']);
      const cases = tests.flatMap((file) => file.tests).flatMap((test) => test.alert_rule_test);
      const fires = cases
        .filter(({ alertname }) => alertname === name)
        .map(({ exp_alerts }) => exp_alerts?.length ?? 0);
      expect([fires.includes(0), fires.some((count) => count > 0)]).toEqual([true, true]);
    },
  );

  it('have one runbook each', () => {
    expect(readdirSync(RUNBOOKS).sort()).toEqual(alerts.map(({ alert }) => `${alert}.md`).sort());
  });

  it('exclude only logger contexts that exist', () => {
    const excluded = /context!~"([^"]+)"/.exec(read('alerts.yml'))?.[1]?.split('|') ?? [];
    expect(excluded).not.toEqual([]);
    expect(['request', ...LOG_CONTEXTS]).toEqual(expect.arrayContaining(excluded));
  });
});

describeWith('promtool', () => {
  it('accepts the configuration', async () => {
    await run('promtool', ['check', 'config', join(FOLDER, 'prometheus.yml')]);
  });

  it.each(testFiles)('passes %s', async (file) => {
    await run('promtool', ['test', 'rules', join(FOLDER, file)]);
  });

  const folder = mkdtempSync(join(tmpdir(), 'mdl-rules-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Whether the tests of one alert pass with the given rules. */
  async function passes(alert: string, ruleFile: string, rules: string, id: number): Promise<boolean> {
    const rulesPath = join(folder, `${id}.yml`);
    writeFileSync(rulesPath, rules);
    for (const [index, file] of tests.entries()) {
      const about = file.tests.filter((test) => test.alert_rule_test.some(({ alertname }) => alertname === alert));
      if (file.rule_files[0] !== ruleFile || about.length === 0) continue;
      const path = join(folder, `${id}-${index}_test.yml`);
      writeFileSync(
        path,
        stringify({ ...file, rule_files: [rulesPath], tests: about }, { aliasDuplicateObjects: false }),
      );
      try {
        await run('promtool', ['test', 'rules', path]);
      } catch (error) {
        expect((error as { stderr: string; stdout: string }).stderr).not.toContain('yaml');
        return false;
      }
    }
    return true;
  }

  it.each(ruleFiles)(
    'fails when any threshold of %s changes',
    async (file) => {
      const changes = mutants(read(file));
      // The unchanged rules pass, so a failure is caused by the change.
      const first = changes[0]?.alert ?? '';
      expect(await passes(first, file, read(file), changes.length)).toBe(true);
      const survivors = await concurrently(
        changes.map(
          ({ alert, change, text }, id) =>
            async () =>
              (await passes(alert, file, text, id)) ? change : '',
        ),
        2,
      );
      expect(survivors.filter((change) => change !== '')).toEqual([]);
    },
    300_000,
  );
});

describeWith('amtool', () => {
  it('accepts the Alertmanager example, which routes only the severity page to the pager', async () => {
    const config = 'ops/alertmanager/alertmanager.yml';
    await run('amtool', ['check-config', config]);
    const receiver = async (severity: string) =>
      (
        await run('amtool', ['config', 'routes', 'test', `--config.file=${config}`, `severity=${severity}`])
      ).stdout.trim();
    expect([await receiver('page'), await receiver('ticket')]).toEqual(['page', 'ticket']);
  });
});

/** The right side of a comparison, or the minutes of `for`. */
const THRESHOLD = /(?<=[<>=] )\d[\d.e]*|(?<=^ +for: )\d+(?=m$)/gm;

/** All variants of the rules with one changed threshold: whole numbers by one, others by a factor of 1.25 or 0.8. */
function mutants(rules: string): { alert: string; change: string; text: string }[] {
  return [...rules.matchAll(THRESHOLD)].flatMap(({ 0: number, index }) => {
    const alert = [...rules.slice(0, index).matchAll(/- alert: (\w+)/g)].at(-1)?.[1] ?? '';
    const value = Number(number);
    const others = /^\d+$/.test(number) ? [value + 1, value - 1] : [value * 1.25, value * 0.8];
    return others.map((other) => ({
      alert,
      change: `${alert}: ${number} → ${other}`,
      text: rules.slice(0, index) + String(other) + rules.slice(index + number.length),
    }));
  });
}
