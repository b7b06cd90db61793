import { Database } from '../../database/database';
import { domainDefinition } from '../../domains/domain.definition';
import { metricDefinition } from '../../metrics/metric.definition';
import { objectiveDefinition } from '../../objectives/objective.definition';
import { keysIn, refersToKey } from './reference-keys';
import { References } from './references';

/** References over a database that returns the given rows for each query in turn. */
function referencesWith(...results: object[][]): References {
  const query = jest.fn(() => Promise.resolve(results.shift() ?? []));
  const references = new References(Object.assign(Object.create(Database.prototype) as Database, { query }));
  for (const definition of [domainDefinition, metricDefinition, objectiveDefinition]) references.register(definition);
  return references;
}

const strict = { lenient: false, unresolved: [] };

describe('the registered references', () => {
  const references = referencesWith();

  it('are grouped by the referring definition', () => {
    const referring = [...references.referringTo('metrics')].map(([{ resource }, list]) => [resource, list.length]);
    expect(referring).toEqual([
      ['metrics', 3],
      ['objectives', 1],
    ]);
  });

  it('reveal resources that nothing refers to', () => {
    expect(references.unreferenced()).toEqual([]);
    references.register({ ...domainDefinition, resource: 'teams', references: [] });
    expect(references.unreferenced()).toEqual(['teams']);
  });

  it('count referring documents by foreign key', () => {
    const counts = references.countsOf('domains');
    expect(Object.keys(counts)).toEqual(['metric_count', 'objective_count']);
    expect(counts.metric_count).toContain('WHERE referring.domain_id = document.id');
  });
});

describe('the keys of a reference', () => {
  it('come from a key, a list of keys or a function', () => {
    const [parent] = domainDefinition.references ?? [];
    const [, dependsOn] = metricDefinition.references ?? [];
    const keyResults = objectiveDefinition.references?.[2];
    if (!parent || !dependsOn || !keyResults) throw new Error('A definition has fewer references.');
    expect(keysIn(parent, { parent: 'a' })).toEqual([{ key: 'a', pointer: '/parent' }]);
    expect(keysIn(parent, {})).toEqual([]);
    expect(keysIn(dependsOn, { depends_on: ['a', 'b'] })).toEqual([
      { key: 'a', pointer: '/depends_on/0' },
      { key: 'b', pointer: '/depends_on/1' },
    ]);
    expect(keysIn(keyResults, { key_results: [{}, { metric_ids: ['m'] }] })).toEqual([
      { key: 'm', pointer: '/key_results/1/metric_ids/0' },
    ]);
    expect(refersToKey(parent, '$1')).toBe(`coalesce(data ->> 'parent', '') COLLATE "C" = $1`);
    expect(refersToKey(dependsOn, '$1')).toBe(`(data -> 'depends_on') ? $1`);
  });
});

describe('resolving references', () => {
  it('returns the foreign keys of live documents', async () => {
    const references = referencesWith([{ key: 'finance', id: '7' }]);
    expect(await references.resolve(domainDefinition, { parent: 'finance' }, 'revenue', strict)).toEqual({
      document: { parent: 'finance' },
      columns: { parent_id: '7' },
      unresolved: [],
      violations: [],
    });
  });

  it('reports unknown keys and references to the document itself', async () => {
    const document = { depends_on: ['own', 'gone'], business_domain: 'x' };
    const { violations } = await referencesWith().resolve(metricDefinition, document, 'own', strict);
    expect(violations.map(({ pointer, code }) => [pointer, code])).toEqual([
      ['/business_domain', 'unknown_reference'],
      ['/depends_on/0', 'self_reference'],
      ['/depends_on/1', 'unknown_reference'],
    ]);
  });

  it('accepts unknown keys that were unresolved before', async () => {
    const options = { lenient: false, unresolved: ['metrics/gone'] };
    const resolved = await referencesWith().resolve(metricDefinition, { related: ['gone'] }, 'own', options);
    expect(resolved).toMatchObject({ unresolved: ['metrics/gone'], violations: [] });
  });

  it('accepts all unknown keys when lenient, each once', async () => {
    const document = { related: ['b', 'a'], depends_on: ['b'] };
    const options = { lenient: true, unresolved: [] };
    const resolved = await referencesWith().resolve(metricDefinition, document, 'own', options);
    expect(resolved).toMatchObject({ unresolved: ['metrics/a', 'metrics/b'], violations: [] });
  });
});

it('a document in use cannot be deleted', async () => {
  const references = referencesWith([{ key: 'below', total: 1 }], [{ key: 'mrr', total: 30 }], []);
  await expect(references.release('domains', 'finance')).rejects.toMatchObject({
    code: 'in_use',
    members: {
      counts: { domains: 1, metrics: 30 },
      users: [
        { resource: 'domains', key: 'below' },
        { resource: 'metrics', key: 'mrr' },
      ],
    },
  });
});
