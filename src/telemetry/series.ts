import { Injectable } from '@nestjs/common';
import { type Metric, register, Registry } from 'prom-client';
import type { Distribution } from '../instrumentation/distribution';

type Labels = Record<string, string>;
/** Values with the labels of each. */
export type Labelled<Value> = Iterable<readonly [Labels, Value]>;

interface Description<Value> {
  name: string;
  help: string;
  /** Asked at each scrape: one value, or one for each set of labels. */
  read: () => Value | Labelled<Value>;
}

interface Point {
  labels: Record<string, string | number>;
  value: number;
  metricName?: string;
}

/**
 * What Prometheus gets to see. Values live where they come about, in counters that cost next to nothing, and are read
 * when somebody asks: prom-client looks for the labels anew with each value, which no request should pay for.
 */
@Injectable()
export class Series {
  private readonly own = new Registry();

  private all: Registry | undefined;

  counter({ read, ...about }: Description<number>): void {
    this.add('counter', about, () => points(read()));
  }

  gauge({ read, ...about }: Description<number>): void {
    this.add('gauge', about, () => points(read()));
  }

  /** A gauge whose values have to be fetched: every scrape waits for that, so it must neither fail nor take long. */
  fetched(about: { name: string; help: string }, fetch: () => Promise<Labelled<number>>): void {
    this.add('gauge', about, async () => points(await fetch()));
  }

  /** Values in buckets. */
  histogram({ read, ...about }: Description<Distribution>): void {
    this.add('histogram', about, () =>
      labelled(read()).flatMap(([labels, values]) => buckets(about.name, labels, values)),
    );
  }

  /** How many values, and their sum. */
  summary({ read, ...about }: Description<{ count: number; sum: number }>): void {
    this.add('summary', about, () => labelled(read()).flatMap(([labels, values]) => total(about.name, labels, values)));
  }

  /** All series as Prometheus reads them, those of the process under their usual names included. */
  text(): Promise<string> {
    this.all ??= Registry.merge([register, this.own]);
    return this.all.metrics();
  }

  get contentType(): string {
    return this.own.contentType;
  }

  /** A registry asks its members for nothing but this. */
  private add(type: string, about: { name: string; help: string }, read: () => Point[] | Promise<Point[]>): void {
    const get = async () => ({ ...about, type, values: await read() });
    this.own.registerMetric({ ...about, type, get } as unknown as Metric);
  }
}

const labelled = <Value extends object | number>(read: Value | Labelled<Value>): (readonly [Labels, Value])[] =>
  typeof read === 'object' && Symbol.iterator in read ? [...read] : [[{}, read]];

const points = (read: number | Labelled<number>): Point[] =>
  labelled(read).map(([labels, value]) => ({ labels, value }));

function buckets(name: string, labels: Labels, { bounds, counts, count, sum }: Distribution): Point[] {
  let below = 0;
  const cumulative = bounds.map((bound, index) => {
    below += counts[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bound }, value: below };
  });
  const all = { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count };
  return [...cumulative, all, ...total(name, labels, { count, sum })];
}

const total = (name: string, labels: Labels, { count, sum }: { count: number; sum: number }): Point[] => [
  { metricName: `${name}_sum`, labels, value: sum },
  { metricName: `${name}_count`, labels, value: count },
];
