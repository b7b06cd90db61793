import type { CreateDomainDto } from '../domains/dto/create-domain.dto';
import type { CreateMetricDto } from '../metrics/dto/create-metric.dto';
import { DIRECTIONS, GRAINS, KINDS, type MetricStatus, METRIC_TYPES, TIERS } from '../metrics/metric.values';
import { WORDS } from './generated-words';

/** Domains at the top of the generated tree, and on its second level; all others are on the third. */
const ROOTS = 12;
const SECOND_LEVEL = 120;

/** Choices that are the same in every run, whatever else is generated: each document has its own source of chance. */
class Chance {
  constructor(private state: number) {}

  /** From 0 to below 1 (mulberry32, a public-domain generator by T. Ettinger). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from 0 to below `limit`, small ones more often: catalogues are never even. */
  skewed(limit: number): number {
    return Math.floor(limit * this.next() ** 2.5);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.skewed(list.length)] as T;
  }

  /** At most `most` different entries. */
  some<T>(list: readonly T[], most: number): T[] {
    return [...new Set(Array.from({ length: 1 + this.skewed(most) }, () => this.pick(list)))];
  }
}

const slug = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

const domainKey = (index: number) => `${slug(WORDS.areas[index % WORDS.areas.length] ?? '')}-area-${index}`;

/** A tree of `count` domains, parents first. */
export function generatedDomains(count: number): CreateDomainDto[] {
  return Array.from({ length: count }, (_, index) => {
    const chance = new Chance(-index - 1);
    const area = WORDS.areas[index % WORDS.areas.length];
    const parent = index < SECOND_LEVEL ? index % ROOTS : ROOTS + (index % (SECOND_LEVEL - ROOTS));
    return {
      domain_id: domainKey(index),
      name: `${area} ${index}`,
      description: `${area}: ${chance.pick(WORDS.sentences)}`,
      owner_team: `${area} ${chance.pick(WORDS.teams)}`,
      tags: chance.some(WORDS.tags, 4),
      ...(index >= ROOTS && { parent: domainKey(parent) }),
    };
  });
}

interface Identity {
  key: string;
  name: string;
  subject: string;
  status: MetricStatus;
  chance: Chance;
}

/** What other metrics need to know to name this one. */
function identify(index: number): Identity {
  const chance = new Chance(index);
  const [period, subject, measure] = [WORDS.periods, WORDS.subjects, WORDS.measures].map((list) => chance.pick(list));
  const name = capitalised(
    `${period} ${subject} ${measure} (${chance.pick(WORDS.segments)}, ${chance.pick(WORDS.regions)})`,
  );
  const place = chance.next();
  const status = place < 0.7 ? 'active' : place < 0.85 ? 'draft' : place < 0.95 ? 'deprecated' : 'archived';
  return { key: `${slug(`${period} ${subject} ${measure}`)}-${index}`, name, subject: subject ?? '', status, chance };
}

/** A metric by its number, the same in every run. It names earlier metrics and the first `domains` domains only. */
export function generatedMetric(index: number, domains: number): CreateMetricDto {
  const { key, name, subject, status, chance } = identify(index);
  const area = chance.pick(WORDS.areas);
  const depends = chance.is(0.2) ? earlierActive(index, chance, 3) : [];
  const [successor] = status === 'deprecated' ? earlierActive(index, chance, 1) : [];
  const tier = chance.is(0.9) && TIERS[2 - chance.skewed(TIERS.length)];
  // Drafts are what nobody has finished.
  const has = () => status !== 'draft' || chance.is(0.7);
  return {
    metric_id: key,
    name,
    status,
    category: chance.pick(WORDS.categories),
    tags: chance.some(WORDS.tags, 6),
    ...(chance.is(0.3) && { short_name: initials(name) }),
    ...(chance.is(0.4) && { synonyms: [`${subject} of ${area}`, initials(name)] }),
    ...(tier && { tier }),
    ...(chance.is(0.8) && { metric_type: chance.pick(METRIC_TYPES) }),
    ...(chance.is(0.8) && { kind: depends.length > 0 ? 'derived' : chance.pick(KINDS) }),
    ...(has() && { description: describe(subject, area, chance) }),
    ...(has() && { business_domain: domainKey(chance.skewed(domains)) }),
    ...(has() && { owner: `${area} ${chance.pick(WORDS.teams)}` }),
    ...(has() && { unit: chance.pick(WORDS.units) }),
    ...(has() && { formula: formula(depends, chance) }),
    ...(depends.length > 0 && { depends_on: depends }),
    ...(successor && { replaced_by: successor }),
    ...(chance.is(0.7) && measured(chance)),
    ...(chance.is(0.5) && { grain: chance.some(GRAINS.slice(3), 3) }),
    ...(chance.is(0.4) && {
      dimensions: [{ name: 'region', allowed_values: [...WORDS.regions] }, { name: 'segment' }],
    }),
    ...(chance.is(0.6) && {
      data: {
        sources: [{ system: 'Warehouse', object: chance.pick(WORDS.tables) }],
        freshness: chance.pick(WORDS.freshness),
      },
    }),
    ...(chance.is(0.5) && { governance: governance(chance) }),
    ...(chance.is(0.3) && {
      alignment: { why_it_matters: chance.pick(WORDS.sentences), strategic_pillar: chance.pick(WORDS.pillars) },
    }),
    ...(chance.is(0.3) && {
      links: [{ kind: 'dashboard', title: name, url: `https://dashboards.example.com/${key}` }],
    }),
  };
}

/** Keys of metrics not far before this one that are active, so that anything may depend on them. */
function earlierActive(index: number, chance: Chance, most: number): string[] {
  const candidates = Array.from({ length: 1 + chance.skewed(most) }, () => index - 1 - chance.skewed(300));
  const active = candidates
    .filter((candidate) => candidate >= 0)
    .map(identify)
    .filter(({ status }) => status === 'active');
  return [...new Set(active.map(({ key }) => key))];
}

function describe(subject: string, area: string, chance: Chance): string {
  const rest = chance.some(WORDS.sentences, 4).join(' ');
  return `How ${subject} develops in ${area.toLowerCase()}, as agreed with the team that answers for it. ${rest}`;
}

function formula(depends: readonly string[], chance: Chance): NonNullable<CreateMetricDto['formula']> {
  if (depends.length > 0) return { expression: depends.map((key) => `{${key}}`).join(' + '), language: 'text' };
  const [table, column] = [chance.pick(WORDS.tables), chance.pick(WORDS.columns)];
  const filter = chance.is(0.5) ? `region = '${chance.pick(WORDS.regions)}'` : undefined;
  return {
    expression: `SELECT date_trunc('month', created_at) AS period, sum(${column}) AS value FROM ${table} GROUP BY 1`,
    language: 'sql',
    ...(filter !== undefined && { filter }),
  };
}

/** A direction with targets in its order. */
function measured(chance: Chance): Pick<CreateMetricDto, 'direction' | 'targets'> {
  const direction = chance.pick(DIRECTIONS);
  const target = 10 + chance.skewed(10_000);
  const step = direction === 'decrease' ? 0.1 : -0.1;
  const at = (steps: number) => Math.round(target * (1 + step * steps) * 100) / 100;
  return { direction, ...(chance.is(0.6) && { targets: { target, warning: at(1), critical: at(2) } }) };
}

const governance = (chance: Chance) => ({
  classification: chance.pick(['internal', 'confidential', 'public', 'restricted']),
  pii: chance.is(0.1),
  ...(chance.is(0.2) && { regulatory: chance.some(WORDS.regulations, 2) }),
});

const initials = (name: string) =>
  name
    .replace(/\(.*/, '')
    .split(/[\s-]+/)
    .map((word) => word.charAt(0).toUpperCase())
    .join('');
