import type { Options } from 'k6/options';
import { browse } from './browse.ts';
import { readCatalogue, type Catalogue } from './catalogue.ts';
import { inPhases, lasting, thinking } from './shape.ts';

const lasts = lasting('1m', '20s');
const quiet = { http_req_failed: ['rate<0.01'], http_req_duration: ['p(95)<500'] };
const spike = { http_req_failed: ['rate<0.15'], http_req_duration: ['p(95)<5000'] };

/** A sudden spike to a hundred times as many readers, and a second one of half the size. */
export const options: Options = {
  discardResponseBodies: true,
  ...inPhases([
    { name: 'before', vus: 5, lasts, thresholds: quiet },
    { name: 'spike', vus: 500, lasts, thresholds: spike },
    { name: 'between', vus: 5, lasts, after: 10, thresholds: quiet },
    { name: 'second-spike', vus: 250, lasts, thresholds: spike },
    { name: 'recovery', vus: 5, lasts, after: 10, thresholds: quiet },
  ]),
};

export const setup = (): Catalogue => readCatalogue();

const think = thinking(0.2);

export default function (catalogue: Catalogue): void {
  browse(catalogue, think);
}
