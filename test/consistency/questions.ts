import { type Documents, type Subject, TIERS, tierOf } from './documents.ts';
import type { Answer } from './http-client.ts';
import type { Observation, Register, Value } from './ledger.ts';

/** Something to ask, and what its answer says about the registers. */
export interface Question {
  kind: string;
  path: string;
  /** What a 200 says. */
  read: (answer: Answer) => Observation[];
  /** What a 404 says; without it a 404 is wrong. */
  readMissing?: () => Observation[];
}

type Document = Record<string, unknown> & { extra?: { counter?: number }; key_results?: { current?: number }[] };
type Known = Pick<Documents, 'counting' | 'moving' | 'checkedIn' | 'branch' | 'described' | 'populations' | 'passing'>;
type Make = (documents: Known) => Question;

const random = (below: number) => Math.floor(Math.random() * below);
const oneOf = <Item>(items: readonly Item[]): Item => {
  const item = items[random(items.length)];
  if (item === undefined) throw new Error('There is nothing to choose from.');
  return item;
};

const is = (register: Register, value: Value): Observation => ({
  register,
  accepts: (held) => held === value,
  said: `${register.name} is ${String(value ?? 'absent')}`,
});
const isNot = (register: Register, rules: (held: Value) => boolean, said: string): Observation => ({
  register,
  accepts: (held) => !rules(held),
  said: `${register.name} is not ${said}`,
});

const documentOf = ({ text }: Answer) => JSON.parse(text) as Document;
const rowsOf = ({ text }: Answer) => (JSON.parse(text) as { data: Document[] }).data;

/** A counting metric in an answer; one whose tier is of another write than its counter was never written. */
const counted = ({ content }: Subject, { extra, tier }: Document): Observation => ({
  register: content,
  accepts: (held) => held === extra?.counter && tier === tierOf(Number(held)),
  said: `${content.name} is ${String(extra?.counter)} ${String(tier)}`,
});

function countingItem({ counting }: Known): Question {
  const subject = oneOf(counting);
  const fields = Math.random() < 0.3 ? '?fields=tier,extra' : '';
  return {
    kind: 'item',
    path: `/api/v1/metrics/${subject.key}${fields}`,
    read: (answer) => [counted(subject, documentOf(answer))],
    readMissing: () => [is(subject.content, undefined)],
  };
}

function movingItem({ moving }: Known): Question {
  const { key, content } = oneOf(moving);
  return {
    kind: 'item',
    path: `/api/v1/metrics/${key}`,
    read: (answer) => [is(content, documentOf(answer).business_domain as string)],
  };
}

function passingItem({ passing }: Known): Question {
  const { key, content } = oneOf(passing.slice(-2));
  return {
    kind: 'item that comes and goes',
    path: `/api/v1/metrics/${key}`,
    read: (answer) => [is(content, documentOf(answer).extra?.counter)],
    readMissing: () => [is(content, undefined)],
  };
}

function objective({ checkedIn }: Known): Question {
  const { key, content } = oneOf(checkedIn);
  return {
    kind: 'objective',
    path: `/api/v1/objectives/${key}`,
    read: (answer) => [is(content, documentOf(answer).key_results?.[0]?.current)],
  };
}

function objectives({ checkedIn }: Known): Question {
  return {
    kind: 'list of objectives',
    path: oneOf(['/api/v1/objectives?limit=100', '/api/v1/domains/steady/objectives?limit=100&fields=key_results']),
    read: (answer) => {
      const rows = new Map(rowsOf(answer).map((row) => [row.objective_id, row]));
      return checkedIn.map(({ key, content }) => is(content, rows.get(key)?.key_results?.[0]?.current));
    },
  };
}

/** What a domain says of itself: its counts, its place in the tree, its counter. */
function domainSays({ populations, branch, described }: Known, row: Document): Observation[] {
  const key = row.domain_id as string;
  const said = [];
  if (key in populations) said.push(is(populations[key as keyof typeof populations], row.metric_count as number));
  if (key === branch.key) said.push(is(branch.content, row.parent as string | undefined));
  if (key === described.key) said.push(is(described.content, row.extra?.counter));
  return said;
}

function domain(documents: Known): Question {
  return {
    kind: 'domain',
    path: `/api/v1/domains/${oneOf(['east', 'west', 'pond', 'steady', 'branch'])}`,
    read: (answer) => domainSays(documents, documentOf(answer)),
  };
}

function domains(documents: Known): Question {
  const fields = Math.random() < 0.5 ? '&fields=metric_count,parent,extra' : '';
  return {
    kind: 'list of domains',
    path: `/api/v1/domains?limit=100&sort=name${fields}`,
    read: (answer) => rowsOf(answer).flatMap((row) => domainSays(documents, row)),
  };
}

/** All counting metrics on one page: who is not there is deleted. */
function wholeList({ counting }: Known): Question {
  const form = oneOf(['&fields=tier,extra', '&fields=tier,extra&sort=-updated_at', '', '&sort=name', '&q=counting']);
  return {
    kind: 'list',
    path: `/api/v1/metrics?tags=counting&limit=100${form}`,
    read: (answer) => {
      const rows = new Map(rowsOf(answer).map((row) => [row.metric_id, row]));
      return counting.map((subject) => {
        const row = rows.get(subject.key);
        return row ? counted(subject, row) : is(subject.content, undefined);
      });
    },
  };
}

/** The members of this list change with each write. */
function listByTier({ counting }: Known): Question {
  const tier = oneOf(TIERS);
  return {
    kind: 'list by a filter',
    path: `/api/v1/metrics?tags=counting&tier=${tier}&limit=100&fields=tier,extra`,
    read: (answer) => {
      const rows = new Map(rowsOf(answer).map((row) => [row.metric_id, row]));
      return counting.map((subject) => {
        const row = rows.get(subject.key);
        const isOfTier = (held: Value) => held !== undefined && tierOf(Number(held)) === tier;
        return row ? counted(subject, row) : isNot(subject.content, isOfTier, tier);
      });
    },
  };
}

const rowsCounted = (counting: Subject[], answer: Answer) => {
  const subjects = new Map(counting.map((subject) => [subject.key, subject]));
  return rowsOf(answer).flatMap((row) => {
    const subject = subjects.get(row.metric_id as string);
    return subject ? [counted(subject, row)] : [];
  });
};

function page({ counting }: Known): Question {
  const sort = oneOf(['name', '-updated_at', 'metric_id']);
  return {
    kind: 'page',
    path: `/api/v1/metrics?tags=counting&sort=${sort}&limit=5&page=${1 + random(4)}&fields=tier,extra`,
    read: (answer) => rowsCounted(counting, answer),
  };
}

/** Cursors that answers gave: the next pages to ask for. */
const cursors: string[] = [];

function cursorPage({ counting }: Known): Question {
  const cursor = (Math.random() < 0.6 ? cursors.pop() : undefined) ?? '';
  return {
    kind: 'page by cursor',
    path: `/api/v1/metrics?tags=counting&sort=name&limit=5&fields=tier,extra&cursor=${cursor}`,
    read: (answer) => {
      const { pagination } = JSON.parse(answer.text) as { pagination: { nextCursor: string | null } };
      if (pagination.nextCursor !== null) cursors.push(pagination.nextCursor);
      if (cursors.length > 20) cursors.shift();
      return rowsCounted(counting, answer);
    },
  };
}

/** The metrics of a domain and how many there are: both change when one moves. */
function metricsOfDomain({ moving, populations }: Known): Question {
  const place = oneOf(['east', 'west'] as const);
  return {
    kind: 'metrics of a domain',
    path: `/api/v1/domains/${place}/metrics?limit=100&fields=business_domain`,
    read: (answer) => {
      const rows = new Set(rowsOf(answer).map(({ metric_id }) => metric_id));
      return [
        is(populations[place], Number(answer.headers['x-total-count'])),
        ...moving.map(({ key, content }) =>
          rows.has(key) ? is(content, place) : isNot(content, (held) => held === place, place),
        ),
      ];
    },
  };
}

/** Which domains are below depends on rows of another table. */
function metricsBelowDomain({ branch }: Known): Question {
  const place = oneOf(['east', 'west']);
  return {
    kind: 'metrics below a domain',
    path: `/api/v1/metrics?business_domain=${place}&include_subdomains=true&limit=100&fields=name`,
    read: (answer) =>
      rowsOf(answer).some(({ metric_id }) => metric_id === 'leaf')
        ? [is(branch.content, place)]
        : [isNot(branch.content, (held) => held === place, place)],
  };
}

function statistics({ populations }: Known): Question {
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

function revisions({ counting, checkedIn, passing, branch }: Known): Question {
  const { resource, key, history } = oneOf([oneOf(counting), oneOf(checkedIn), oneOf(passing.slice(-2)), branch]);
  return {
    kind: 'revisions',
    path: `/api/v1/${resource}/${key}/revisions?limit=2&include_deleted=true`,
    read: (answer) => [is(history, rowsOf(answer)[0]?.version as number)],
    readMissing: () => [is(history, 0)],
  };
}

/** The questions, each as often as its weight. */
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

/** Any question, the frequent ones more often. */
export const anyQuestion = (documents: Documents): Question => oneOf(MAKERS)(documents);

/** The questions by which every document is read when all is over. */
export function finalQuestions(documents: Documents): Question[] {
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
