import { DomainDto } from '../../domains/dto/domain.dto';
import { MetricDto } from '../../metrics/dto/metric.dto';
import { metricRules } from '../../metrics/metric.rules';
import { validate } from '../../validation/validate';
import { generatedDomains, generatedMetric } from './generated-catalogue';

const DOMAINS = 200;
const metrics = Array.from({ length: 5000 }, (_, index) => generatedMetric(index, DOMAINS));
const domains = generatedDomains(DOMAINS);

describe('generated metrics', () => {
  it('satisfy the schema and all rules', () => {
    for (const metric of metrics) {
      expect(validate(MetricDto, metric).violations).toEqual([]);
      expect(metricRules(metric, undefined, 'created')).toEqual([]);
    }
  });

  it('have unique keys, and refer only to earlier active metrics and generated domains', () => {
    const known = new Set(domains.map(({ domain_id }) => domain_id));
    const active = new Set<string | undefined>();
    const keys = new Set<string | undefined>();
    for (const { metric_id, status, business_domain, depends_on = [], replaced_by } of metrics) {
      if (business_domain !== undefined) expect(known).toContain(business_domain);
      for (const key of [...depends_on, ...(replaced_by === undefined ? [] : [replaced_by])])
        expect(active).toContain(key);
      if (status === 'active') active.add(metric_id);
      keys.add(metric_id);
    }
    expect(keys.size).toBe(metrics.length);
  });

  it('depend only on their number', () => {
    expect(generatedMetric(4321, DOMAINS)).toEqual(metrics[4321]);
  });

  it('have skewed distributions', () => {
    const share = (condition: (metric: MetricDto) => boolean) => metrics.filter(condition).length / metrics.length;
    expect(share(({ status }) => status === 'active')).toBeCloseTo(0.7, 1);
    expect(share(({ category }) => category === 'operational')).toBeGreaterThan(0.3);
    expect(share(({ category }) => category === 'sustainability')).toBeLessThan(0.1);
    expect(share(({ tier }) => tier === 'tier-1')).toBeLessThan(share(({ tier }) => tier === 'tier-3'));
    expect(share(({ owner }) => owner === undefined)).toBeGreaterThan(0.01);
    expect(share(({ depends_on }) => depends_on !== undefined)).toBeGreaterThan(0.05);
  });
});

describe('generated domains', () => {
  it('satisfy the schema and form a tree of three levels with parents first', () => {
    const levels = new Map<string | undefined, number>();
    for (const domain of generatedDomains(1000)) {
      expect(validate(DomainDto, domain).violations).toEqual([]);
      const above = domain.parent === undefined ? 0 : levels.get(domain.parent);
      levels.set(domain.domain_id, (above ?? NaN) + 1);
    }
    expect(new Set(levels.values())).toEqual(new Set([1, 2, 3]));
  });
});
