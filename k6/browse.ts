import { anyOf, popular, type Catalogue } from './catalogue.ts';
import { send } from './client.ts';

const METRICS = '/api/v1/metrics';
const FILTERS = [
  'tier=tier-1',
  'status=active',
  'category=operational',
  'category=strategic&tier=tier-2',
  'status=active&direction=increase',
  'kind=ratio',
  'status=draft',
];
const SORTS = ['', '&sort=name', '&sort=-updated_at', '&sort=tier,-updated_at'];

type Pause = () => void;

/** The ways a reader uses the catalogue, and how many of a hundred visits go that way. */
const VISITS: [share: number, visit: (catalogue: Catalogue, pause: Pause) => void][] = [
  [15, leaf],
  [15, follow],
  [20, filter],
  [15, search],
  [20, read],
  [15, lookAround],
];
const ALL = VISITS.reduce((sum, [share]) => sum + share, 0);

/** One visit of a reader; between its requests the reader pauses. */
export function browse(catalogue: Catalogue, pause: Pause): void {
  let left = Math.random() * ALL;
  const [, visit] = VISITS.find(([share]) => (left -= share) < 0) ?? [0, read];
  visit(catalogue, pause);
  pause();
}

/** Through the list by page numbers. */
function leaf(_: Catalogue, pause: Pause): void {
  for (let page = 1; page <= 3; page++) {
    if (page > 1) pause();
    send({ name: 'list by page', path: `${METRICS}?page=${page}&limit=20` });
  }
}

/** Through the list by cursor, as the `Link` header leads. */
function follow(_: Catalogue, pause: Pause): void {
  let next: string | undefined = `${METRICS}?cursor=&limit=20`;
  for (let pages = 0; next !== undefined && pages < 3; pages++) {
    if (pages > 0) pause();
    const { headers }: ReturnType<typeof send> = send({ name: 'list by cursor', path: next });
    next = /<([^>]+)>; rel="next"/.exec(headers.Link ?? '')?.[1];
  }
}

function filter({ domains }: Catalogue, pause: Pause): void {
  send({ name: 'filtered list', path: `${METRICS}?${anyOf(FILTERS)}${anyOf(SORTS)}&limit=20` });
  pause();
  send({ name: 'filtered list', path: `${METRICS}?business_domain=${popular(domains)}&include_subdomains=true` });
}

function search({ words }: Catalogue): void {
  send({ name: 'search', path: `${METRICS}?q=${popular(words)}&limit=10` });
}

/** A metric, and later the same one again: the reader's copy is still good, or there is a newer one. */
function read({ metrics }: Catalogue, pause: Pause): void {
  const path = `${METRICS}/${popular(metrics)}`;
  const { headers } = send({ name: 'item', path });
  pause();
  send({ name: 'item again', path, headers: { 'if-none-match': headers.Etag ?? '' }, expect: [304, 200] });
}

function lookAround({ domains, objectives }: Catalogue, pause: Pause): void {
  const domain = popular(domains);
  send({ name: 'domain', path: `/api/v1/domains/${domain}` });
  pause();
  send({ name: 'metrics of a domain', path: `/api/v1/domains/${domain}/metrics?limit=20` });
  pause();
  send({ name: 'objectives', path: '/api/v1/objectives?limit=20' });
  const objective = popular(objectives);
  if (objective !== '') send({ name: 'objective', path: `/api/v1/objectives/${objective}` });
}
