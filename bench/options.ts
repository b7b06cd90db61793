import { parseArgs } from 'node:util';
import { Failure } from '../dev/script.ts';

export interface Options {
  /** Length of one measurement. */
  seconds: number;
  /** How often each side is measured. */
  rounds: number;
  connections: number;
  /** Rows made for the measurement; the nine public catalogues read for the design have 1,420 metrics together. */
  metrics: number;
  /** Only what has this in its name. */
  only: string;
}

/** @throws Failure that names the option which is no whole number above zero */
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
    if (!/^[1-9]\d*$/.test(values[name])) throw new Failure(`--${name} must be a whole number above zero`);
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
