import { randomOf, popular, type Catalogue } from './catalogue.ts';
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

/** The kinds of visits of a reader, with their percentages. */
const VISITS: [share: number, visit: (catalogue: Catalogue, pause: Pause) => void][] = [
  [15, paginate],
  [15, followCursor],
  [20, filter],
  [15, search],
  [20, read],
  [15, explore],
];
const ALL = VISITS.reduce((sum, [share]) => sum + share, 0);

/** One visit of a reader, with pauses between requests. */
export function browse(catalogue: Catalogue, pause: Pause): void {
  let left = Math.random() * ALL;
  const [, visit] = VISITS.find(([share]) => (left -= share) < 0) ?? [0, read];
  visit(catalogue, pause);
  pause();
}

/** Reads pages by number. */
function paginate(_: Catalogue, pause: Pause): void {
  for (let page = 1; page <= 3; page++) {
    if (page > 1) pause();
    send({ name: 'list by page', path: `${METRICS}?page=${page}&limit=20` });
  }
}

/** Reads pages by the cursor in the `Link` header. */
function followCursor(_: Catalogue, pause: Pause): void {
  let next: string | undefined = `${METRICS}?cursor=&limit=20`;
  for (let pages = 0; next !== undefined && pages < 3; pages++) {
    if (pages > 0) pause();
    const { headers }: ReturnType<typeof send> = send({ name: 'list by cursor', path: next });
    next = /<([^>]+)>; rel="next"/.exec(headers.Link ?? '')?.[1];
  }
}

function filter({ domains }: Catalogue, pause: Pause): void {
  send({ name: 'filtered list', path: `${METRICS}?${randomOf(FILTERS)}${randomOf(SORTS)}&limit=20` });
  pause();
  send({ name: 'filtered list', path: `${METRICS}?business_domain=${popular(domains)}&include_subdomains=true` });
}

function search({ words }: Catalogue): void {
  send({ name: 'search', path: `${METRICS}?q=${popular(words)}&limit=10` });
}

/** Reads a metric, and later revalidates it with If-None-Match. */
function read({ metrics }: Catalogue, pause: Pause): void {
  const path = `${METRICS}/${popular(metrics)}`;
  const { headers } = send({ name: 'item', path });
  pause();
  send({ name: 'item again', path, headers: { 'if-none-match': headers.Etag ?? '' }, expect: [304, 200] });
}

function explore({ domains, objectives }: Catalogue, pause: Pause): void {
  const domain = popular(domains);
  send({ name: 'domain', path: `/api/v1/domains/${domain}` });
  pause();
  send({ name: 'metrics of a domain', path: `/api/v1/domains/${domain}/metrics?limit=20` });
  pause();
  send({ name: 'objectives', path: '/api/v1/objectives?limit=20' });
  const objective = popular(objectives);
  if (objective !== '') send({ name: 'objective', path: `/api/v1/objectives/${objective}` });
}
