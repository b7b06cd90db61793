import { parseArgs } from 'node:util';
import { Failure } from '../dev/script.ts';

export interface Options {
  /** The duration of one measurement. */
  seconds: number;
  /** The number of measurements of each server. */
  rounds: number;
  connections: number;
  /** The number of metrics. Nine public catalogues have 1,420 metrics together. */
  metrics: number;
  /** Only scenarios with this text in their name. */
  only: string;
}

/** @throws Failure for an option that is not a positive whole number */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '3' },
      connections: { type: 'string', default: '64' },
      metrics: { type: 'string', default: '1500' },
      only: { type: 'string', default: '' },
    },
  });
  const whole = (name: 'seconds' | 'rounds' | 'connections' | 'metrics') => {
    if (!/^[1-9]\d*$/.test(values[name])) throw new Failure(`--${name} must be a positive whole number`);
    return Number(values[name]);
  };
  return {
    seconds: whole('seconds'),
    rounds: whole('rounds'),
    connections: whole('connections'),
    metrics: whole('metrics'),
    only: values.only,
  };
}
