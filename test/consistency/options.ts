import { parseArgs } from 'node:util';
import { Failure } from '../../dev/script.ts';
import { type Breakage, BREAKAGES, isBreakage } from './breakages.ts';

export interface Options {
  /** Minimum duration of the run, in seconds. */
  seconds: number;
  /** Minimum number of checked responses. */
  reads: number;
  instances: number;
  readers: number;
  /** Defects that the check must detect afterwards. */
  broken: Breakage[];
  /** Check only the defects. */
  onlyBroken: boolean;
  /** Print the counts as one line of JSON at the end. */
  json: boolean;
}

/** @throws Failure for an invalid option */
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
