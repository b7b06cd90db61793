import { randomBytes } from 'node:crypto';
import { createKey, environment } from '../../dev/commands.ts';
import { collect, run, startGuarded } from '../../dev/guarded-process.ts';
import { Failure, step } from '../../dev/script.ts';
import type { Options } from '../options.ts';
import { describeTarget, isMet, median, type Result } from '../result.ts';
import { DEFAULT_LIMITS, type Side, startService } from '../sides.ts';
import type { Target } from './attack.ts';
import type { AttackReport } from './attacker.ts';
import { ATTACKS } from './attacks.ts';
import { experience, type Experience } from './victim.ts';

/** The prefix of the name of each attack. */
const PREFIX = 'attacker: ';
/** A phase lasts this many times as long as another measurement. */
const LONGER = 5;
const VICTIMS = 3;
/** Each attack has clients of its own, so that it starts below its rate limits. */
const HOSTILE_CLIENTS = 6;
const PASSWORD = 'three llamas cross at noon';
/** The most that the p95 of others may grow. */
const MOST = 2;
/** Differences below this time in milliseconds are noise of the machine. */
const NOISE_MS = 10;

/** The attacks with a text in their name, which must name them: they take minutes and are no part of a whole run. */
export const attacksWith = (only: string): string[] =>
  only === '' ? [] : Object.keys(ATTACKS).filter((name) => `${PREFIX}${name}`.includes(only));

/** One round: the victims alone, beside the attack, and beside a harmless process that uses as much CPU time. */
interface Round {
  alone: Experience;
  attack: Experience;
  busy: Experience;
  report: AttackReport;
}

/**
 * Measures normal clients beside hostile ones, on a service with the rate limits of production. The baseline is the p95
 * beside a harmless process that uses as much CPU time as the attacker: the attacker shares the machine, which it would
 * not do elsewhere.
 *
 * @throws Failure if readiness fails during an attack
 */
export async function measureAttacks(names: string[], databaseUrl: string, options: Options): Promise<Result[]> {
  const arena = await prepare(databaseUrl);
  const results: Result[] = [];
  const unready: string[] = [];
  for (const name of names)
    await step(async () => {
      const rounds: Round[] = [];
      for (let round = 0; round < options.rounds; round++)
        rounds.push(await measureRound(name, arena, options.seconds * LONGER));
      print(rounds);
      if (rounds.some(({ attack }) => attack.unready > 0)) unready.push(name);
      const result = judge(name, rounds);
      results.push(result);
      return `${result.name}: ${median(result.values).toFixed(2)}, ${describeTarget({ atMost: MOST })}: ${isMet(result) ? 'met' : 'MISSED'}`;
    });
  if (unready.length > 0) throw new Failure(`probes of readiness failed beside ${unready.join(', ')}`);
  return results;
}

function judge(name: string, rounds: Round[]): Result {
  const values = rounds.map(({ attack, busy }) => Math.max(NOISE_MS, attack.p95) / Math.max(NOISE_MS, busy.p95));
  return { name: `${PREFIX}${name}`, unit: 'ratio', values, target: { atMost: MOST } };
}

function print(rounds: Round[]): void {
  for (const { alone, attack, busy, report } of rounds) {
    console.log(`    ${JSON.stringify({ outcomes: report.outcomes, cpuMs: Math.round(report.cpuMs) })}`);
    for (const [phase, one] of Object.entries({ alone, attack, busy }))
      console.log(
        `    ${phase.padEnd(8)} p50 ${one.p50.toFixed(1)} ms, p95 ${one.p95.toFixed(1)} ms, ` +
          `service ${one.cpu.toFixed(2)} of a core, ${one.requests} requests, failed ${JSON.stringify(one.failures)}, unready ${one.unready} of ${one.probes}, slowest ${one.slowestProbe.toFixed(0)} ms`,
      );
  }
}

interface Arena {
  service: Side;
  databaseUrl: string;
  victims: { key: string; metric: string }[];
  newKeys: (count: number) => Promise<string[]>;
}

async function measureRound(name: string, arena: Arena, seconds: number): Promise<Round> {
  const { service, victims, databaseUrl } = arena;
  const measure = () => experience(service, victims, seconds);
  const keys = await arena.newKeys(HOSTILE_CLIENTS);
  const alone = await measure();
  const target: Target = { address: service.address, databaseUrl, keys, user: 'ada@example.com', metric: 'hot' };
  const attacker = node(['bench/attacks/attacker.ts', name, String(seconds)], { TARGET: JSON.stringify(target) });
  const attack = await measure();
  const report = JSON.parse(await attacker) as AttackReport;
  const share = Math.min(1, report.cpuMs / seconds / 1000);
  const harmless = node(['bench/attacks/busy.ts', String(share), String(seconds)]);
  const busy = await measure();
  await harmless;
  return { alone, attack, busy, report };
}

/** Runs a script and returns its standard output. */
async function node(args: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { exited, output } = startGuarded(process.execPath, args, { env: environment(env) });
  const [standardOutput, standardError] = output;
  const [code, text, errors] = await Promise.all([
    exited,
    collect(standardOutput ? [standardOutput] : []),
    collect(standardError ? [standardError] : []),
  ]);
  if (code !== 0) throw new Failure(`${args.join(' ')} failed: ${errors}`);
  return text;
}

async function prepare(databaseUrl: string): Promise<Arena> {
  const accounts = { AUTH_LOCAL: 'true', AUTH_SECRET: randomBytes(32).toString('base64url') };
  const closed = { AUTH_ANONYMOUS_ROLE: 'none', AUTH_ANONYMOUS_ALLOWED: 'false' };
  const service = await startService(databaseUrl, 'strict', { ...closed, ...accounts, ...DEFAULT_LIMITS });
  const env = environment({ DATABASE_URL: databaseUrl, NODE_ENV: 'production' });
  const admin = (await run('the key', process.execPath, createKey('bench', '.build'), env)).trim();
  const post = async <Body>(path: string, body: unknown): Promise<Body> => {
    const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
    const response = await fetch(`${service.address}/api/v1${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Failure(`POST ${path}: ${await response.text()}`);
    return (await response.json()) as Body;
  };
  const newKeys = (count: number) =>
    Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const { key } = await post<{ key: string }>('/api-keys', { name: `client ${index}`, role: 'editor' });
        return key;
      }),
    );
  await post('/users', { name: 'ada@example.com', role: 'viewer', password: PASSWORD });
  await post('/metrics', { metric_id: 'hot', name: 'Hot' });
  const victims = await Promise.all(
    (await newKeys(VICTIMS)).map(async (key, index) => {
      const metric = `victim-${index}`;
      await post('/metrics', { metric_id: metric, name: `Metric of victim ${index}` });
      return { key, metric };
    }),
  );
  return { service, databaseUrl, victims, newKeys };
}
