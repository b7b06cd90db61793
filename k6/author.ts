import { check } from 'k6';
import { Counter } from 'k6/metrics';
import exec from 'k6/execution';
import { randomOf, popular, type Catalogue } from './catalogue.ts';
import { bodyOf, send } from './client.ts';

const METRICS = '/api/v1/metrics';
const PATCH = { 'content-type': 'application/merge-patch+json' };
/** The most attempts of an edit that conflicts with others. */
const MAX_ATTEMPTS = 20;

/** Acknowledged writes that are missing. There must be none. */
const lost = new Counter('lost_updates');
/** Writes with a stale If-Match (412). They are repeated with the new version. */
const conflicts = new Counter('edit_conflicts');

/** Metrics that all editors change concurrently. The target of each counts its changes. */
export interface Shared {
  shared: string[];
}

interface Metric {
  version: number;
  targets: { target: number };
}

/** Creates the shared metrics; for `setup`. */
export function createShared(count: number): Shared {
  const run = Date.now().toString(36);
  const shared = Array.from({ length: count }, (_, index) => `load-shared-${run}-${index}`);
  for (const key of shared) create(key, { targets: { target: 0 } });
  return { shared };
}

/**
 * Checks and deletes the shared metrics; for `teardown`. Each acknowledged change incremented the version and the
 * counter.
 */
export function settleShared({ shared }: Shared): void {
  for (const key of shared) {
    const { version, targets } = bodyOf<Metric>(send({ name: 'teardown', path: `${METRICS}/${key}`, read: true }));
    expectEqual(`no update of ${key} is lost`, targets.target, version - 1);
    remove(key);
  }
}

/**
 * Increments the counter of a shared metric: reads it, pauses, and writes it with If-Match. Repeats after a conflict.
 */
export function editShared({ shared }: Shared, pause: () => void = () => undefined): void {
  const path = `${METRICS}/${randomOf(shared)}`;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const read = send({ name: 'edit: read', path, read: true });
    if (read.status !== 200) return;
    const { version, targets } = bodyOf<Metric>(read);
    pause();
    const body = { targets: { target: targets.target + 1 } };
    const headers = { ...PATCH, 'if-match': read.headers.Etag ?? '' };
    const written = send({ name: 'edit', method: 'PATCH', path, headers, body, expect: [200, 412], read: true });
    if (written.status !== 412) {
      if (written.status === 200)
        expectEqual('an edit has the version after the one it read', bodyOf<Metric>(written).version, version + 1);
      return;
    }
    conflicts.add(1);
  }
}

/**
 * A session of an editor: searches, creates a draft, completes it, activates it, and edits a shared metric. Some
 * sessions stop after three or four steps. The new metric is deleted at the end.
 */
export function author(data: Catalogue & Shared, pause: () => void): void {
  const key = `load-${exec.vu.idInTest}-${exec.vu.iterationInInstance}-${Date.now().toString(36)}`;
  const path = `${METRICS}/${key}`;
  let acknowledged = 1;
  const write = (request: Omit<Parameters<typeof send>[0], 'path'>, at = path) => {
    const headers = { ...request.headers, 'if-match': `"${acknowledged}"` };
    if (send({ ...request, path: at, headers }).status === 200) acknowledged++;
  };
  const complete = { unit: '{order}', owner: 'Load test', business_domain: popular(data.domains) };
  const steps = [
    () => void send({ name: 'search before drafting', path: `${METRICS}?q=${popular(data.words)}&limit=5` }),
    () => create(key),
    () => write({ name: 'complete', method: 'PATCH', headers: PATCH, body: complete }),
    () => write({ name: 'activate', method: 'POST', body: { to: 'active' } }, `${path}/transitions`),
    () => editShared(data, pause),
  ];
  for (const step of steps.slice(0, 3 + Math.floor(Math.random() * 3))) {
    step();
    pause();
  }
  const stored = send({ name: 'read after write', path, read: true });
  if (stored.status !== 200) return;
  expectEqual('the last write is stored', bodyOf<Metric>(stored).version, acknowledged);
  remove(key);
}

function create(key: string, more: object = {}): void {
  const body = {
    metric_id: key,
    name: `Orders of ${key}`,
    description: 'Counts the orders that were paid, once a day, from the ledger.',
    formula: { expression: 'count(distinct order_id)', language: 'sql' },
    ...more,
  };
  send({ name: 'draft', method: 'POST', path: METRICS, body, expect: [201] });
}

function remove(key: string): void {
  send({ name: 'delete', method: 'DELETE', path: `${METRICS}/${key}`, expect: [204] });
}

function expectEqual(what: string, actual: number, expected: number): void {
  if (!check(actual, { [what]: () => actual === expected })) {
    lost.add(1);
    console.error(`${what}: ${actual} instead of ${expected}`);
  }
}
