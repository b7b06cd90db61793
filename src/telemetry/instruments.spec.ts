import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { Distribution } from '../instrumentation/distribution';
import { instruments, instrumentsOf, registryOf } from './instruments';

class Source {
  value = 1;
  readonly seconds = new Distribution([1, 2]);
}

/** The registry of an application with one instrument of each type. */
async function start(source: Source): Promise<Registry> {
  const { counter, gauge, histogram, summary } = instrumentsOf(Source);
  const providers = instruments({
    a_counter: counter('Test', ({ value }) => [[{ of: 'x' }, value]], ['of']),
    a_gauge: gauge('Test', ({ value }) => value),
    a_histogram: histogram('Test', ({ seconds }) => [[{ of: 'x' }, seconds]]),
    a_summary: summary('Test', ({ value }) => [[{ of: 'x' }, { count: value, sum: 0.5 }]]),
  });
  const module = await Test.createTestingModule({
    providers: [{ provide: Source, useValue: source }, ...providers, registryOf(providers)],
  }).compile();
  return module.get(Registry);
}

const samples = async (registry: Registry) =>
  (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

describe('instrumentsOf', () => {
  it('reads the values of each type of instrument at the scrape', async () => {
    const source = new Source();
    const registry = await start(source);
    await registry.metrics();
    source.value = 3;
    for (const seconds of [0.5, 1.5, 5]) source.seconds.add(seconds);
    const expected = [
      'a_counter{of="x"} 3',
      'a_gauge 3',
      'a_histogram_bucket{of="x",le="1"} 1',
      'a_histogram_bucket{of="x",le="2"} 2',
      'a_histogram_bucket{of="x",le="+Inf"} 3',
      'a_histogram_sum{of="x"} 7',
      'a_histogram_count{of="x"} 3',
      'a_summary_sum{of="x"} 0.5',
      'a_summary_count{of="x"} 3',
    ];
    expect((await samples(registry)).sort()).toEqual(expected.sort());
    expect(await registry.metrics()).toContain('# TYPE a_histogram histogram');
  });

  it('keeps the instruments of two applications in one process apart', async () => {
    const [first, second] = [await start(new Source()), await start(Object.assign(new Source(), { value: 2 }))];
    expect(await samples(first)).toContain('a_gauge 1');
    expect(await samples(second)).toContain('a_gauge 2');
  });
});
