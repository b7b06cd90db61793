import type { Options } from 'k6/options';
import { author, createShared, settleShared, type Shared } from './author.ts';
import { browse } from './browse.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { lasting, thinking } from './shape.ts';

type Data = Catalogue & Shared;

const duration = lasting('2h', '10m');

/**
 * Two hundred readers and a few editors for a long time, to find leaks. `make load` samples the memory of the service.
 */
export const options: Options = {
  discardResponseBodies: true,
  scenarios: {
    readers: { executor: 'constant-vus', vus: 200, duration },
    editors: {
      executor: 'constant-arrival-rate',
      rate: 6,
      timeUnit: '1m',
      duration,
      preAllocatedVUs: 5,
      exec: 'session',
    },
  },
  thresholds: {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    lost_updates: ['count==0'],
    http_req_duration: ['p(95)<500'],
  },
};

export const setup = (): Data => ({ ...readCatalogue(), ...createShared(1) });

const think = thinking(1);

export default function (data: Data): void {
  browse(data, think);
}

export const session = (data: Data): void => author(data, think);
export const teardown = settleShared;
