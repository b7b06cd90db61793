// Load for ops/rolling-replace.sh: seven reads to three writes, and not one request may fail.
//   k6 run -e MDL_KEY=… -e DURATION=60s k6/rolling.js
import http from 'k6/http';
import { check } from 'k6';

const BASE = `${__ENV.BASE_URL || 'http://localhost:8080'}/api/v1/metrics`;
const headers = { authorization: `Bearer ${__ENV.MDL_KEY}`, 'content-type': 'application/json' };

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 200),
      timeUnit: '1s',
      duration: __ENV.DURATION || '60s',
      preAllocatedVUs: 50,
      maxVUs: 300,
    },
  },
  thresholds: {
    http_req_failed: ['rate==0'],
    checks: ['rate==1'],
    dropped_iterations: ['count==0'],
    http_reqs: [`count>=${__ENV.AT_LEAST || 10000}`],
  },
  discardResponseBodies: true,
};

export default function () {
  const turn = Math.random();
  const id = `rolling-${Date.now().toString(36)}-${__VU}-${__ITER}`;
  const is = (status) => (answer) => answer.status === status;
  if (turn < 0.7)
    check(http.get(`${BASE}?limit=5&page=${1 + Math.floor(turn * 20)}`, { headers, tags: { name: 'list' } }), {
      listed: is(200),
    });
  else
    check(http.post(BASE, JSON.stringify({ metric_id: id, name: id }), { headers, tags: { name: 'create' } }), {
      created: is(201),
    });
}
