import type { Options } from 'k6/options';
import { browse } from './browse.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { inPhases, lasting, thinking, type Phase } from './shape.ts';

const lasts = lasting('2m', '20s');
const bearable = { http_req_failed: ['rate<0.1'], http_req_duration: ['p(95)<5000'] };
const recovered = { http_req_failed: ['rate<0.01'], http_req_duration: ['p(95)<500'] };

/** Up to 1,000 users at most 1 % of the requests may fail, beyond that 10 %. */
const level = (vus: number): Phase => ({
  name: `vus-${vus}`,
  vus,
  lasts,
  thresholds: vus <= 1000 ? { ...bearable, http_req_failed: ['rate<0.01'] } : bearable,
});

/** More readers at each level, until the requests per second no longer grow. Then a hundred again. */
export const options: Options = {
  discardResponseBodies: true,
  ...inPhases([
    ...[100, 250, 500, 1000, 1500].map(level),
    { name: 'recovery', vus: 100, lasts, after: 10, thresholds: recovered },
  ]),
};

export const setup = (): Catalogue => readCatalogue();

const think = thinking(0.2);

export default function (catalogue: Catalogue): void {
  browse(catalogue, think);
}
