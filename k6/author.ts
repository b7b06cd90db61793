import { check } from 'k6';
import { Counter } from 'k6/metrics';
import exec from 'k6/execution';
import { anyOf, popular, type Catalogue } from './catalogue.ts';
import { bodyOf, send } from './client.ts';

const METRICS = '/api/v1/metrics';
const PATCH = { 'content-type': 'application/merge-patch+json' };
/** Another editor is faster this often at the most before an editor gives up. */
const MAX_ATTEMPTS = 20;

/** Writes that the service acknowledged and that are not there: none, ever. */
const lost = new Counter('lost_updates');
/** Writes refused because another editor was faster (412); they are made again on the newer version. */
const conflicts = new Counter('edit_conflicts');

/** Metrics that all editors change at once; each counts its changes in its target. */
export interface Shared {
  shared: string[];
}

interface Metric {
  version: number;
  targets: { target: number };
}

/** Makes the metrics that are changed by all; for `setup`. */
export function createShared(count: number): Shared {
  const run = Date.now().toString(36);
  const shared = Array.from({ length: count }, (_, index) => `load-shared-${run}-${index}`);
  for (const key of shared) create(key, { targets: { target: 0 } });
  return { shared };
}

/** Every acknowledged change is in the document: each raised the version and the counter by one; for `teardown`. */
export function settleShared({ shared }: Shared): void {
  for (const key of shared) {
    const { version, targets } = bodyOf<Metric>(send({ name: 'teardown', path: `${METRICS}/${key}`, read: true }));
    expectKept(`no update of ${key} is lost`, targets.target, version - 1);
    remove(key);
  }
}

/** Counts one up in a shared metric: reads it, thinks, changes it if it is still as read, and reads again if not. */
export function editShared({ shared }: Shared, pause: () => void = () => undefined): void {
  const path = `${METRICS}/${anyOf(shared)}`;
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
        expectKept('an edit builds on what was read', bodyOf<Metric>(written).version, version + 1);
      return;
    }
    conflicts.add(1);
  }
}

/**
 * A session of an editor: looks whether there is such a metric, drafts one, completes it, activates it, changes one that
 * others change too. Some stop after three steps, some after four. What was drafted is deleted in the end.
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
  const kept = send({ name: 'read what was written', path, read: true });
  if (kept.status !== 200) return;
  expectKept('what was written is there', bodyOf<Metric>(kept).version, acknowledged);
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

function expectKept(what: string, actual: number, expected: number): void {
  if (!check(actual, { [what]: () => actual === expected })) {
    lost.add(1);
    console.error(`${what}: ${actual} instead of ${expected}`);
  }
}
