import type { Options } from 'k6/options';
import { popular, readCatalogue, type Catalogue } from './catalogue.ts';
import { send } from './client.ts';
import { lasting, seconds, thinking } from './shape.ts';

const connections = Number(__ENV.CONNECTIONS ?? 10_000);
const half = Math.ceil(seconds(lasting('5m', '2m')) / 2);

/** Ten thousand open connections, each with a request every twenty seconds: 500 requests per second. */
export const options: Options = {
  discardResponseBodies: true,
  scenarios: {
    clients: {
      executor: 'ramping-vus',
      stages: [
        { duration: `${half}s`, target: connections },
        { duration: `${half}s`, target: connections },
      ],
      // Do not wait for users that pause between two requests.
      gracefulStop: '0s',
    },
  },
  thresholds: {
    requests_without_response: ['count==0'],
    http_req_failed: ['rate==0'],
    // All connections were opened, and at most one percent was reopened.
    connections_opened: [`count>=${connections}`, `count<${connections * 1.01 + 2}`],
  },
};

export const setup = (): Catalogue => readCatalogue(20);

const wait = thinking(20);

export default function (catalogue: Catalogue): void {
  send({ name: 'item', path: `/api/v1/metrics/${popular(catalogue.metrics)}` });
  wait();
}
