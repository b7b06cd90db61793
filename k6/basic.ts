import type { Options } from 'k6/options';
import { browse } from './browse.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { lasting, seconds, thinking } from './shape.ts';

const half = `${Math.ceil(seconds(lasting('3m30s', '30s')) / 2)}s`;

/** Normal load: ten readers, then twenty. */
export const options: Options = {
  discardResponseBodies: true,
  scenarios: {
    readers: {
      executor: 'ramping-vus',
      startVUs: 10,
      stages: [
        { duration: half, target: 10 },
        { duration: half, target: 20 },
      ],
    },
  },
  thresholds: { http_req_duration: ['p(95)<500'], http_req_failed: ['rate<0.01'] },
};

export const setup = (): Catalogue => readCatalogue();

const think = thinking(1);

export default function (catalogue: Catalogue): void {
  browse(catalogue, think);
}
