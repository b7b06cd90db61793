import type { Options } from 'k6/options';
import { createShared, editShared, settleShared, type Shared } from './author.ts';
import { browse } from './browse.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { lasting, thinking } from './shape.ts';

type Data = Catalogue & Shared;

const duration = lasting('40m', '2m');

/** A hundred readers, and an edit every ten seconds that invalidates all cached lists of metrics. */
export const options: Options = {
  discardResponseBodies: true,
  scenarios: {
    readers: { executor: 'constant-vus', vus: 100, duration },
    edits: {
      executor: 'constant-arrival-rate',
      rate: 6,
      timeUnit: '1m',
      duration,
      preAllocatedVUs: 2,
      exec: 'edit',
    },
  },
  thresholds: {
    http_req_duration: ['p(95)<200', 'p(99)<500'],
    http_req_failed: ['rate<0.01'],
    cache_hits: ['rate>0.8'],
    lost_updates: ['count==0'],
  },
};

export const setup = (): Data => ({ ...readCatalogue(), ...createShared(1) });

const think = thinking(1);

export default function (data: Data): void {
  browse(data, think);
}

export const edit = (data: Data): void => editShared(data);
export const teardown = settleShared;
