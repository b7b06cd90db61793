import { check, sleep } from 'k6';
import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import type { Options } from 'k6/options';

const METRICS = `${__ENV.BASE_URL ?? 'http://localhost:8080'}/api/v1/metrics`;
const headers = { authorization: `Bearer ${__ENV.MDL_KEY}`, 'content-type': 'application/json' };

/** The load for ops/rolling-replace.sh with seven reads to three writes. No request may fail. */
export const options: Options = {
  vus: Number(__ENV.VUS ?? 20),
  duration: __ENV.DURATION ?? '150s',
  thresholds: {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    http_reqs: [`count>=${__ENV.AT_LEAST ?? '10000'}`],
  },
  discardResponseBodies: true,
};

const expectStatus = (status: number, response: RefinedResponse<ResponseType | undefined>) => {
  check(response, { [`status is ${status}`]: () => response.status === status });
  sleep(0.1);
};

function list(times: number): void {
  for (let turn = 0; turn < times; turn++) {
    const page = 1 + Math.floor(Math.random() * 15);
    expectStatus(200, http.get(`${METRICS}?limit=5&page=${page}`, { headers, tags: { name: 'list' } }));
  }
}

/** Creates, changes and deletes a metric, with reads in between. */
export default function (): void {
  // A random start mixes the reads and writes of all users.
  sleep(Math.random() / 5);
  const id = `rolling-${Date.now()}-${__VU}`;
  list(2);
  const metric = JSON.stringify({ metric_id: id, name: id });
  expectStatus(201, http.post(METRICS, metric, { headers, tags: { name: 'create' } }));
  list(2);
  const change = JSON.stringify({ name: `${id} changed` });
  expectStatus(200, http.patch(`${METRICS}/${id}`, change, { headers, tags: { name: 'change' } }));
  list(2);
  expectStatus(204, http.del(`${METRICS}/${id}`, null, { headers, tags: { name: 'delete' } }));
  list(1);
}
