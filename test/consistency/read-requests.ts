import { type Documents, type Subject, TIERS, tierOf } from './documents.ts';
import type { HttpResponse } from './http-client.ts';
import type { Observation, Register, Value } from './ledger.ts';

/** A GET request, and what its response shows of the registers. */
export interface ReadRequest {
  kind: string;
  path: string;
  /** The observations of a 200. */
  read: (response: HttpResponse) => Observation[];
  /** The observations of a 404; without it a 404 is a violation. */
  readMissing?: () => Observation[];
}

type Document = Record<string, unknown> & { extra?: { counter?: number }; key_results?: { current?: number }[] };
type Known = Pick<Documents, 'counting' | 'moving' | 'checkedIn' | 'branch' | 'described' | 'populations' | 'passing'>;
type Make = (documents: Known) => ReadRequest;

const random = (below: number) => Math.floor(Math.random() * below);
const oneOf = <Item>(items: readonly Item[]): Item => {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('The list is empty.');
  return item;
};

const is = (register: Register, expected: Value): Observation => ({
  register,
  accepts: (value) => value === expected,
  description: `${register.name} is ${String(expected ?? 'absent')}`,
});
const isNot = (register: Register, excludes: (value: Value) => boolean, description: string): Observation => ({
  register,
  accepts: (value) => !excludes(value),
  description: `${register.name} is not ${description}`,
});

const documentOf = ({ text }: HttpResponse) => JSON.parse(text) as Document;
const rowsOf = ({ text }: HttpResponse) => (JSON.parse(text) as { data: Document[] }).data;

/** A counting metric in a response. A tier and a counter of different writes were never written together. */
const counted = ({ content }: Subject, { extra, tier }: Document): Observation => ({
  register: content,
  accepts: (value) => value === extra?.counter && tier === tierOf(Number(value)),
  description: `${content.name} is ${String(extra?.counter)} ${String(tier)}`,
});

function countingItem({ counting }: Known): ReadRequest {
  const subject = oneOf(counting);
  const fields = Math.random() < 0.3 ? '?fields=tier,extra' : '';
  return {
    kind: 'item',
    path: `/api/v1/metrics/${subject.key}${fields}`,
    read: (response) => [counted(subject, documentOf(response))],
    readMissing: () => [is(subject.content, undefined)],
  };
}

function movingItem({ moving }: Known): ReadRequest {
  const { key, content } = oneOf(moving);
  return {
    kind: 'item',
    path: `/api/v1/metrics/${key}`,
    read: (response) => [is(content, documentOf(response).business_domain as string)],
  };
}

function passingItem({ passing }: Known): ReadRequest {
  const { key, content } = oneOf(passing.slice(-2));
  return {
    kind: 'item that is created and deleted',
    path: `/api/v1/metrics/${key}`,
    read: (response) => [is(content, documentOf(response).extra?.counter)],
    readMissing: () => [is(content, undefined)],
  };
}

function objective({ checkedIn }: Known): ReadRequest {
  const { key, content } = oneOf(checkedIn);
  return {
    kind: 'objective',
    path: `/api/v1/objectives/${key}`,
    read: (response) => [is(content, documentOf(response).key_results?.[0]?.current)],
  };
}

function objectives({ checkedIn }: Known): ReadRequest {
  return {
    kind: 'list of objectives',
    path: oneOf(['/api/v1/objectives?limit=100', '/api/v1/domains/steady/objectives?limit=100&fields=key_results']),
    read: (response) => {
      const rows = new Map(rowsOf(response).map((row) => [row.objective_id, row]));
      return checkedIn.map(({ key, content }) => is(content, rows.get(key)?.key_results?.[0]?.current));
    },
  };
}

/** The observations of a domain: its counts, its parent, its counter. */
function observeDomain({ populations, branch, described }: Known, row: Document): Observation[] {
  const key = row.domain_id as string;
  const observations = [];
  if (key in populations)
    observations.push(is(populations[key as keyof typeof populations], row.metric_count as number));
  if (key === branch.key) observations.push(is(branch.content, row.parent as string | undefined));
  if (key === described.key) observations.push(is(described.content, row.extra?.counter));
  return observations;
}

function domain(documents: Known): ReadRequest {
  return {
    kind: 'domain',
    path: `/api/v1/domains/${oneOf(['east', 'west', 'pond', 'steady', 'branch'])}`,
    read: (response) => observeDomain(documents, documentOf(response)),
  };
}

function domains(documents: Known): ReadRequest {
  const fields = Math.random() < 0.5 ? '&fields=metric_count,parent,extra' : '';
  return {
    kind: 'list of domains',
    path: `/api/v1/domains?limit=100&sort=name${fields}`,
    read: (response) => rowsOf(response).flatMap((row) => observeDomain(documents, row)),
  };
}

/** All counting metrics on one page; a missing one is deleted. */
function wholeList({ counting }: Known): ReadRequest {
  const form = oneOf(['&fields=tier,extra', '&fields=tier,extra&sort=-updated_at', '', '&sort=name', '&q=counting']);
  return {
    kind: 'list',
    path: `/api/v1/metrics?tags=counting&limit=100${form}`,
    read: (response) => {
      const rows = new Map(rowsOf(response).map((row) => [row.metric_id, row]));
      return counting.map((subject) => {
        const row = rows.get(subject.key);
        return row ? counted(subject, row) : is(subject.content, undefined);
      });
    },
  };
}

/** A list whose members change with each write. */
function listByTier({ counting }: Known): ReadRequest {
  const tier = oneOf(TIERS);
  return {
    kind: 'list by a filter',
    path: `/api/v1/metrics?tags=counting&tier=${tier}&limit=100&fields=tier,extra`,
    read: (response) => {
      const rows = new Map(rowsOf(response).map((row) => [row.metric_id, row]));
      return counting.map((subject) => {
        const row = rows.get(subject.key);
        const isOfTier = (value: Value) => value !== undefined && tierOf(Number(value)) === tier;
        return row ? counted(subject, row) : isNot(subject.content, isOfTier, tier);
      });
    },
  };
}

const rowsCounted = (counting: Subject[], response: HttpResponse) => {
  const subjects = new Map(counting.map((subject) => [subject.key, subject]));
  return rowsOf(response).flatMap((row) => {
    const subject = subjects.get(row.metric_id as string);
    return subject ? [counted(subject, row)] : [];
  });
};

function page({ counting }: Known): ReadRequest {
  const sort = oneOf(['name', '-updated_at', 'metric_id']);
  return {
    kind: 'page',
    path: `/api/v1/metrics?tags=counting&sort=${sort}&limit=5&page=${1 + random(4)}&fields=tier,extra`,
    read: (response) => rowsCounted(counting, response),
  };
}

/** Cursors of earlier responses, for the next pages. */
const cursors: string[] = [];

function cursorPage({ counting }: Known): ReadRequest {
  const cursor = (Math.random() < 0.6 ? cursors.pop() : undefined) ?? '';
  return {
    kind: 'page by cursor',
    path: `/api/v1/metrics?tags=counting&sort=name&limit=5&fields=tier,extra&cursor=${cursor}`,
    read: (response) => {
      const { pagination } = JSON.parse(response.text) as { pagination: { nextCursor: string | null } };
      if (pagination.nextCursor !== null) cursors.push(pagination.nextCursor);
      if (cursors.length > 20) cursors.shift();
      return rowsCounted(counting, response);
    },
  };
}

/** The metrics of a domain and their count, which both change when a metric moves. */
function metricsOfDomain({ moving, populations }: Known): ReadRequest {
  const place = oneOf(['east', 'west'] as const);
  return {
    kind: 'metrics of a domain',
    path: `/api/v1/domains/${place}/metrics?limit=100&fields=business_domain`,
    read: (response) => {
      const rows = new Set(rowsOf(response).map(({ metric_id }) => metric_id));
      return [
        is(populations[place], Number(response.headers['x-total-count'])),
        ...moving.map(({ key, content }) =>
          rows.has(key) ? is(content, place) : isNot(content, (value) => value === place, place),
        ),
      ];
    },
  };
}

/** The subdomains depend on rows of another table. */
function metricsBelowDomain({ branch }: Known): ReadRequest {
  const place = oneOf(['east', 'west']);
  return {
    kind: 'metrics below a domain',
    path: `/api/v1/metrics?business_domain=${place}&include_subdomains=true&limit=100&fields=name`,
    read: (response) =>
      rowsOf(response).some(({ metric_id }) => metric_id === 'leaf')
        ? [is(branch.content, place)]
        : [isNot(branch.content, (value) => value === place, place)],
  };
}

function statistics({ populations }: Known): ReadRequest {
  return {
    kind: 'statistics',
    path: '/api/v1/metrics/stats',
    read: ({ text }) => {
      const counts = (JSON.parse(text) as { by_business_domain: { value: string; count: number }[] })
        .by_business_domain;
      return Object.entries(populations).map(([place, register]) =>
        is(register, counts.find(({ value }) => value === place)?.count ?? 0),
      );
    },
  };
}

function revisions({ counting, checkedIn, passing, branch }: Known): ReadRequest {
  const { resource, key, history } = oneOf([oneOf(counting), oneOf(checkedIn), oneOf(passing.slice(-2)), branch]);
  return {
    kind: 'revisions',
    path: `/api/v1/${resource}/${key}/revisions?limit=2&include_deleted=true`,
    read: (response) => [is(history, rowsOf(response)[0]?.version as number)],
    readMissing: () => [is(history, 0)],
  };
}

/** The read requests with their relative frequencies. */
const WEIGHTS: readonly (readonly [Make, number])[] = [
  [countingItem, 30],
  [movingItem, 4],
  [passingItem, 8],
  [objective, 6],
  [objectives, 4],
  [domain, 8],
  [domains, 6],
  [wholeList, 8],
  [listByTier, 8],
  [page, 8],
  [cursorPage, 4],
  [metricsOfDomain, 6],
  [metricsBelowDomain, 4],
  [statistics, 4],
  [revisions, 6],
];
const MAKERS = WEIGHTS.flatMap(([make, weight]) => Array.from({ length: weight }, () => make));

/** A random read request by frequency. */
export const randomReadRequest = (documents: Documents): ReadRequest => oneOf(MAKERS)(documents);

/** Read requests for every document, after the run. */
export function finalReadRequests(documents: Documents): ReadRequest[] {
  const { counting, moving, checkedIn, branch, described, populations, passing } = documents;
  const known = { counting, moving, checkedIn, branch, described, populations, passing };
  return [
    ...counting.map((subject) => countingItem({ ...known, counting: [subject] })),
    ...moving.map((subject) => movingItem({ ...known, moving: [subject] })),
    ...checkedIn.map((subject) => objective({ ...known, checkedIn: [subject] })),
    domains(known),
    wholeList(known),
    statistics(known),
  ];
}
