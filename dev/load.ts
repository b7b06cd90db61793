/**
 * `make load SCENARIO=steady DURATION=short` runs a scenario of k6/ on a new service, or on the service of BASE_URL.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { planOf, runK6, SCENARIOS, type Plan } from './k6.ts';
import { givenTarget, startTarget } from './load-target.ts';
import { isAlive, memoryTrend, type Usage, watch } from './load-watch.ts';
import { atEnd, Failure, main } from './script.ts';

const RESULTS = process.env['LOAD_RESULTS'] ?? 'load-results';
/** Open files of a process without the connections of users. */
const OTHER_DESCRIPTORS = 200;
/** The exit code of k6 for a crossed threshold. */
const CROSSED = 99;

type Values = Record<string, number>;

interface Summary {
  metrics: Record<string, Values | undefined>;
}

async function load(): Promise<number> {
  const scenario = process.env['SCENARIO'] ?? '';
  if (!SCENARIOS.includes(scenario)) throw new Failure(`set SCENARIO to one of ${SCENARIOS.join(', ')}`);
  const plan = planOf(scenario);
  requireDescriptors(plan.maxVUs + OTHER_DESCRIPTORS);
  const cores = availableParallelism();
  const [busy = 0] = loadavg();
  if (busy > cores / 2)
    console.log(`  NOTE: the machine is busy (load average ${busy.toFixed(1)}); the times are not reliable`);

  const given = process.env['BASE_URL'] ?? '';
  const target = given === '' ? await startTarget() : await givenTarget(given, process.env['MDL_KEY'] ?? '');

  mkdirSync(RESULTS, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'mdl-load-'));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const time = new Date().toISOString();
  const result = join(RESULTS, `${scenario}-${time.slice(0, 19).replaceAll(':', '-')}`);
  const page = `${result}.html`;
  const summaryFile = join(folder, 'summary.json');
  const stopWatching = target.pid === undefined ? undefined : watch(target.pid);
  const env = { BASE_URL: target.address, MDL_KEY: target.key };
  const code = await runK6(scenario, env, summaryFile, page);
  const usage = stopWatching?.() ?? [];
  if (!existsSync(summaryFile)) throw new Failure(`k6 ended without a summary (exit code ${code}); its log is above`);

  const summary = JSON.parse(readFileSync(summaryFile, 'utf8')) as Summary;
  const machine = { cpu: cpus()[0]?.model, cores, busy };
  const report = {
    scenario,
    duration: process.env['DURATION'] ?? '',
    time,
    machine,
    exitCode: code,
    ...summary,
    usage,
  };
  writeFileSync(`${result}.json`, `${JSON.stringify(report, null, 2)}\n`);
  if (target.pid !== undefined && !isAlive(target.pid)) throw new Failure('the service ended under load');
  printPhases(plan, summary);
  const leaks = printUsage(scenario, usage);
  const files = existsSync(page) ? `${page} in a browser, all measurements in ${result}.json` : `${result}.json`;
  console.log(`\n${next(scenario, code, summary)}\nResults: ${files}`);
  return code === 0 && leaks ? 1 : code;
}

/**
 * Checks the hard limit of open files. Node and k6 raise their soft limit themselves.
 * @throws Failure if it is too low
 */
function requireDescriptors(needed: number): void {
  const { stdout } = spawnSync('/bin/sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' });
  const limit = Number(stdout.trim());
  if (stdout.trim() === 'unlimited' || limit >= needed) return;
  throw new Failure(
    `${needed} open files per process are needed, ${limit} are allowed: raise ulimit -Hn, or for c10k set CONNECTIONS=${limit - OTHER_DESCRIPTORS}`,
  );
}

/** Prints one line for each phase with its load and latency. */
function printPhases({ scenarios }: Plan, { metrics }: Summary): void {
  const phases = Object.values(scenarios)
    .flatMap(({ tags, vus = 0, startTime, duration = '' }) =>
      tags?.phase === undefined
        ? []
        : [{ phase: tags.phase, vus, start: secondsOf(startTime), seconds: secondsOf(duration) }],
    )
    .sort((one, other) => one.start - other.start);
  if (phases.length === 0) return;
  console.log(`\n${['phase', 'users', 'requests/s', 'p95 ms', 'errors'].map((name) => name.padStart(14)).join('')}`);
  for (const { phase, vus, seconds } of phases) {
    const value = (metric: string, kind: string) => metrics[`${metric}{phase:${phase}}`]?.[kind] ?? 0;
    const cells = [
      phase,
      String(vus),
      (value('http_reqs', 'count') / seconds).toFixed(0),
      value('http_req_duration', 'p(95)').toFixed(1),
      `${(value('http_req_failed', 'value') * 100).toFixed(2)} %`,
    ];
    console.log(cells.map((cell) => cell.padStart(14)).join(''));
  }
}

/** Prints the resource usage of the service. @returns whether its memory grew during a soak test */
function printUsage(scenario: string, usage: Usage[]): boolean {
  if (usage.length === 0) return false;
  const most = (of: (sample: Usage) => number) => Math.max(...usage.map(of));
  const descriptors = most((sample) => sample.descriptors ?? 0);
  console.log(
    `\nThe service used at most ${most(({ memory }) => memory)} MB and ${most(({ cpu }) => cpu)} of a core` +
      (descriptors > 0 ? `, ${descriptors} open files and sockets` : ''),
  );
  if (scenario !== 'soak') return false;
  const { early, late, isFlat } = memoryTrend(usage);
  console.log(
    `Its memory went from ${early} MB (second quarter) to ${late} MB (last): ${isFlat ? 'flat' : 'NOT FLAT'}`,
  );
  return !isFlat;
}

const secondsOf = (duration: string): number =>
  [...duration.matchAll(/([\d.]+)([hms])/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (unit === 'h' ? 3600 : unit === 'm' ? 60 : 1),
    0,
  );

function next(scenario: string, code: number, { metrics }: Summary): string {
  const throttled = metrics['requests_throttled']?.['count'] ?? 0;
  if (throttled > 0)
    return `Next: ${throttled} requests were rate limited. Raise the THROTTLE_ settings of the service.`;
  if ((metrics['checks']?.['fails'] ?? 0) > 0)
    return 'Next: some responses were not as expected (marked ✗ above). See the log of the service.';
  if (code === CROSSED)
    return 'Next: some thresholds were crossed (marked ✗ above). Repeat on an idle machine, then look for slow requests in the log of the service.';
  if (code !== 0) return `Next: k6 ended with exit code ${code}; its log is above.`;
  const following = SCENARIOS[SCENARIOS.indexOf(scenario) + 1];
  return following ? `Next: make load SCENARIO=${following} DURATION=short` : 'Next: repeat without DURATION=short.';
}

await main('make load', load);
