import { domainDefinition } from '../domains/domain.definition';
import { metricDefinition } from '../metrics/metric.definition';
import { objectiveDefinition } from '../objectives/objective.definition';
import { Resources } from './resources';

const resources = new Resources([objectiveDefinition, metricDefinition, domainDefinition]);

describe('Resources', () => {
  it('are sorted by their references', () => {
    expect(resources.inOrder.map(({ resource }) => resource)).toEqual(['domains', 'metrics', 'objectives']);
  });

  it('finds the resource of a document that also has the key member of another one', () => {
    expect(resources.find({ domain_id: 'd', objective_id: 'o' })).toBe(objectiveDefinition);
    expect(resources.find({ domain_id: 'd' })).toBe(domainDefinition);
    expect(resources.find({ name: 'n' })).toBeUndefined();
  });

  it('throws for an unknown resource', () => {
    expect(() => resources.definitionOf('teams')).toThrow('There is no resource "teams".');
  });
});
