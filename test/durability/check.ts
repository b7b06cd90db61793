/**
 * Counts acknowledged writes that are lost or doubled while instances and PostgreSQL are killed: `npm run test:kills`,
 * or `npm run test:kills -- --instance-kills 60 --postgres-kills 10 --instances 2 --clients 3 --broken none`.
 * Then it breaks the service on purpose, and requires that it finds lost and doubled writes.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Failure, main, step } from '../../dev/script.ts';
import { compile } from '../consistency/build.ts';
import type { Violation } from '../consistency/figures.ts';
import { progressOf, reportOf } from '../consistency/report.ts';
import { run, type RunOptions } from './run.ts';

/** Defects of the service that the check must detect: what it finds, by the name of the file in `broken/`. */
const BREAKAGES: Record<string, Violation> = { 'early-acknowledgement': 'lost', 'no-idempotency': 'doubled' };

function readOptions(args: string[]) {
  const text = (value: string) => ({ type: 'string' as const, default: value });
  const options = {
    'instance-kills': text('60'),
    'postgres-kills': text('10'),
    instances: text('2'),
    clients: text('3'),
    broken: text('all'),
    json: { type: 'boolean' as const, default: false },
  };
  const { values } = parseArgs({ args, options });
  const whole = (name: 'instance-kills' | 'postgres-kills' | 'instances' | 'clients', least: number) => {
    if (!/^\d+$/.test(values[name]) || Number(values[name]) < least)
      throw new Failure(`--${name} must be a whole number of at least ${least}`);
    return Number(values[name]);
  };
  if (!['all', 'none'].includes(values.broken)) throw new Failure('--broken must be all or none');
  return {
    kills: { instances: whole('instance-kills', 0), postgres: whole('postgres-kills', 0) },
    instances: whole('instances', 1),
    width: whole('clients', 1),
    broken: values.broken === 'all' ? BREAKAGES : {},
    json: values.json,
  };
}

async function check(): Promise<number> {
  const { broken, json, ...options } = readOptions(process.argv.slice(2));
  let build = '';
  await step(async () => {
    build = await compile();
    return 'service compiled';
  });
  console.log('\nThe service and its database, killed under writes:');
  const onProgress: RunOptions['onProgress'] = (figures, passed) => console.log(progressOf(figures, passed));
  const sound = await run({ ...options, build, onProgress });
  console.log(`${reportOf(sound.figures, sound.seconds)}\n`);
  const found: Record<string, number> = {};
  for (const [breakage, violation] of Object.entries(broken)) {
    const preload = resolve(`test/durability/broken/${breakage}.cjs`);
    const { figures, seconds } = await run({ ...options, build, preload, kills: { instances: 2, postgres: 0 } });
    const count = (found[breakage] = figures.violations.of(violation));
    const outcome = count > 0 ? `${count} ${violation}, found in ${seconds.toFixed(0)} s` : `NOT FOUND: ${violation}`;
    console.log(`${outcome.padEnd(34)} broken on purpose: ${breakage}`);
  }
  if (json) console.log(JSON.stringify({ sound, found }));
  return sound.figures.violations.total === 0 && Object.values(found).every((count) => count > 0) ? 0 : 1;
}

await main('npm run test:kills', check);
