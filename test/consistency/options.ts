import { parseArgs } from 'node:util';
import { Failure } from '../../dev/script.ts';
import { type Breakage, BREAKAGES, isBreakage } from './breakages.ts';

export interface Options {
  /** Least length of the run, in seconds. */
  seconds: number;
  /** Least number of answers that are checked. */
  reads: number;
  instances: number;
  readers: number;
  /** Ways in which the cache is broken afterwards, to see that the check finds it. */
  broken: Breakage[];
  /** Do not check the sound cache. */
  onlyBroken: boolean;
  /** Print the figures as one line of JSON at the end. */
  json: boolean;
}

/** @throws Failure that names the option which cannot be read */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '120' },
      reads: { type: 'string', default: '300000' },
      instances: { type: 'string', default: '3' },
      readers: { type: 'string', default: '32' },
      broken: { type: 'string', default: 'all' },
      'only-broken': { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'seconds' | 'reads' | 'instances' | 'readers', least: number) => {
    if (!/^\d+$/.test(values[name]) || Number(values[name]) < least)
      throw new Failure(`--${name} must be a whole number of at least ${least}`);
    return Number(values[name]);
  };
  return {
    seconds: whole('seconds', 1),
    reads: whole('reads', 0),
    instances: whole('instances', 2),
    readers: whole('readers', 1),
    broken: breakagesOf(values.broken),
    onlyBroken: values['only-broken'],
    json: values.json,
  };
}

function breakagesOf(given: string): Breakage[] {
  if (given === 'none') return [];
  const names = given === 'all' ? Object.keys(BREAKAGES) : given.split(',');
  return names.map((name) => {
    if (!isBreakage(name))
      throw new Failure(`--broken must be all, none, or some of ${Object.keys(BREAKAGES).join(', ')}`);
    return name;
  });
}
