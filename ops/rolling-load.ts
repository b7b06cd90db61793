import { check, sleep } from 'k6';
import http, { type RefinedResponse, type ResponseType } from 'k6/http';
import type { Options } from 'k6/options';

const METRICS = `${__ENV.BASE_URL ?? 'http://localhost:8080'}/api/v1/metrics`;
const headers = { authorization: `Bearer ${__ENV.MDL_KEY}`, 'content-type': 'application/json' };

/** The load for ops/rolling-replace.sh, seven reads to three writes: not one request may fail. */
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

const answers = (status: number) => ({
  [`answers ${status}`]: (answer: RefinedResponse<ResponseType | undefined>) => answer.status === status,
});

export default function (): void {
  // Each user begins elsewhere, so that reads and writes are mixed at all times.
  if ((__ITER + __VU) % 10 < 7) {
    const page = 1 + Math.floor(Math.random() * 15);
    check(http.get(`${METRICS}?limit=5&page=${page}`, { headers, tags: { name: 'list' } }), answers(200));
  } else {
    const id = `rolling-${Date.now()}-${__VU}-${__ITER}`;
    const body = JSON.stringify({ metric_id: id, name: id });
    check(http.post(METRICS, body, { headers, tags: { name: 'create' } }), answers(201));
  }
  sleep(0.1);
}
