import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainDto } from '../../domains/dto/domain.dto';
import type { MetricDto } from '../../metrics/dto/metric.dto';
import { DIRECTIONS, GRAINS, KINDS, METRIC_TYPES, TIERS } from '../../metrics/metric.values';

type NameList =
  'subjects' | 'measures' | 'periods' | 'segments' | 'regions' | 'areas' | 'teams' | 'tags' | 'categories';
type ValueList = 'sentences' | 'units' | 'tables' | 'columns' | 'freshness' | 'regulations' | 'pillars';

/** The words of generated documents. In each list, earlier entries are used more often. */
const WORDS = JSON.parse(
  // The same path from src/ and from dist/.
  readFileSync(join(__dirname, '../../../catalog/generated-words.json'), 'utf8'),
) as Record<NameList | ValueList, string[]>;

/** Domains on the first and second level of the generated tree. The others are on the third level. */
const ROOTS = 12;
const SECOND_LEVEL = 120;

/** A pseudo-random generator. Each document has its own seed, so it is the same in every run. */
class Random {
  constructor(private state: number) {}

  /** From 0 up to but excluding 1 (mulberry32, a public-domain generator by T. Ettinger). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  is(probability: number): boolean {
    return this.next() < probability;
  }

  /** A whole number from 0 up to but excluding `limit`. Small numbers are more frequent, as in a real catalogue. */
  skewed(limit: number): number {
    return Math.floor(limit * this.next() ** 2.5);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.skewed(list.length)] as T;
  }

  /** At most `most` distinct entries. */
  some<T>(list: readonly T[], most: number): T[] {
    return [...new Set(Array.from({ length: 1 + this.skewed(most) }, () => this.pick(list)))];
  }
}

const areaOf = (index: number) => WORDS.areas[index % WORDS.areas.length] ?? '';
const domainKey = (index: number) => `${areaOf(index).toLowerCase()}-area-${index}`;

/** Generates a tree of `count` domains, parents first. */
export function generatedDomains(count: number): DomainDto[] {
  return Array.from({ length: count }, (_, index) => {
    const random = new Random(-index - 1);
    const area = areaOf(index);
    const parent = index < SECOND_LEVEL ? index % ROOTS : ROOTS + (index % (SECOND_LEVEL - ROOTS));
    return {
      domain_id: domainKey(index),
      name: `${area} ${index}`,
      description: `${area}: ${random.pick(WORDS.sentences)}`,
      owner_team: `${area} ${random.pick(WORDS.teams)}`,
      tags: random.some(WORDS.tags, 4),
      ...(index >= ROOTS && { parent: domainKey(parent) }),
    };
  });
}

/** Generates the members that other metrics need to refer to this one. */
function identify(index: number) {
  const random = new Random(index);
  const period = random.pick(WORDS.periods);
  const subject = random.pick(WORDS.subjects);
  const title = `${period} ${subject} ${random.pick(WORDS.measures)}`;
  const scope = `${random.pick(WORDS.segments)}, ${random.pick(WORDS.regions)}`;
  const name = `${title.charAt(0).toUpperCase()}${title.slice(1)} (${scope})`;
  const place = random.next();
  const status = place < 0.7 ? 'active' : place < 0.85 ? 'draft' : place < 0.95 ? 'deprecated' : 'archived';
  return { key: `${title.replaceAll(' ', '-')}-${index}`, name, subject, status, random };
}

/** Generates a metric from its number. It refers only to earlier metrics and to the first `domains` domains. */
export function generatedMetric(index: number, domains: number): MetricDto {
  const { key, name, subject, status, random } = identify(index);
  const area = random.pick(WORDS.areas);
  const depends = random.is(0.2) ? earlierActive(index, random, 3) : [];
  const [successor] = status === 'deprecated' ? earlierActive(index, random, 1) : [];
  const tier = random.is(0.9) && TIERS[2 - random.skewed(TIERS.length)];
  // A draft may be incomplete.
  const has = () => status !== 'draft' || random.is(0.7);
  return {
    metric_id: key,
    name,
    status,
    category: random.pick(WORDS.categories),
    tags: random.some(WORDS.tags, 6),
    ...(random.is(0.3) && { short_name: initials(name) }),
    ...(random.is(0.4) && { synonyms: [`${subject} of ${area}`, initials(name)] }),
    ...(tier && { tier }),
    ...(random.is(0.8) && { metric_type: random.pick(METRIC_TYPES) }),
    ...(random.is(0.8) && { kind: depends.length > 0 ? 'derived' : random.pick(KINDS) }),
    ...(has() && { description: describe(subject, area, random) }),
    ...(has() && { business_domain: domainKey(random.skewed(domains)) }),
    ...(has() && { owner: `${area} ${random.pick(WORDS.teams)}` }),
    ...(has() && { unit: random.pick(WORDS.units) }),
    ...(has() && { formula: formula(depends, random) }),
    ...(depends.length > 0 && { depends_on: depends }),
    ...(successor && { replaced_by: successor }),
    ...(random.is(0.7) && measured(random)),
    ...(random.is(0.5) && { grain: random.some(GRAINS.slice(3), 3) }),
    ...(random.is(0.4) && {
      dimensions: [{ name: 'region', allowed_values: [...WORDS.regions] }, { name: 'segment' }],
    }),
    ...(random.is(0.6) && {
      data: {
        sources: [{ system: 'Warehouse', object: random.pick(WORDS.tables) }],
        freshness: random.pick(WORDS.freshness),
      },
    }),
    ...(random.is(0.5) && { governance: governance(random) }),
    ...(random.is(0.3) && {
      alignment: { why_it_matters: random.pick(WORDS.sentences), strategic_pillar: random.pick(WORDS.pillars) },
    }),
    ...(random.is(0.3) && {
      links: [{ kind: 'dashboard', title: name, url: `https://dashboards.example.com/${key}` }],
    }),
  };
}

/** Keys of active metrics shortly before this one. Any metric may depend on an active one. */
function earlierActive(index: number, random: Random, most: number): string[] {
  const candidates = Array.from({ length: 1 + random.skewed(most) }, () => index - 1 - random.skewed(300));
  const active = candidates
    .filter((candidate) => candidate >= 0)
    .map(identify)
    .filter(({ status }) => status === 'active');
  return [...new Set(active.map(({ key }) => key))];
}

function describe(subject: string, area: string, random: Random): string {
  const rest = random.some(WORDS.sentences, 4).join(' ');
  return `How ${subject} develops in ${area.toLowerCase()}, as agreed with the responsible team. ${rest}`;
}

function formula(depends: readonly string[], random: Random): NonNullable<MetricDto['formula']> {
  if (depends.length > 0) return { expression: depends.map((key) => `{${key}}`).join(' + '), language: 'text' };
  const [table, column] = [random.pick(WORDS.tables), random.pick(WORDS.columns)];
  const filter = random.is(0.5) ? `region = '${random.pick(WORDS.regions)}'` : undefined;
  return {
    expression: `SELECT date_trunc('month', created_at) AS period, sum(${column}) AS value FROM ${table} GROUP BY 1`,
    language: 'sql',
    ...(filter !== undefined && { filter }),
  };
}

/** A direction with targets that follow it. */
function measured(random: Random): Pick<MetricDto, 'direction' | 'targets'> {
  const direction = random.pick(DIRECTIONS);
  const target = 10 + random.skewed(10_000);
  const step = direction === 'decrease' ? 0.1 : -0.1;
  const at = (steps: number) => Math.round(target * (1 + step * steps) * 100) / 100;
  return { direction, ...(random.is(0.6) && { targets: { target, warning: at(1), critical: at(2) } }) };
}

const governance = (random: Random) => ({
  classification: random.pick(['internal', 'confidential', 'public', 'restricted']),
  pii: random.is(0.1),
  ...(random.is(0.2) && { regulatory: random.some(WORDS.regulations, 2) }),
});

/** The first letters of the words before the parenthesis. */
const initials = (name: string) => name.replace(/\(.*|\B\w|\W/g, '').toUpperCase();
