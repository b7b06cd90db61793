import type { Options } from 'k6/options';
import { author, createShared, settleShared, type Shared } from './author.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { lasting, thinking } from './shape.ts';

type Data = Catalogue & Shared;

/** Five sessions start each second. All editors change the same three metrics. */
export const options: Options = {
  discardResponseBodies: true,
  scenarios: {
    editors: {
      executor: 'constant-arrival-rate',
      rate: 5,
      duration: lasting('5m', '1m'),
      preAllocatedVUs: 50,
      maxVUs: 200,
    },
  },
  thresholds: {
    http_req_duration: ['p(95)<500'],
    http_req_failed: ['rate<0.01'],
    lost_updates: ['count==0'],
    dropped_iterations: ['count==0'],
  },
};

export const setup = (): Data => ({ ...readCatalogue(), ...createShared(3) });

const think = thinking(1);

export default function (data: Data): void {
  author(data, think);
}

export const teardown = settleShared;
