import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

interface Panel {
  id: number;
  type: string;
  title: string;
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
}

const GRAFANA = 'ops/grafana';
const dashboard = JSON.parse(readFileSync(`${GRAFANA}/dashboards/mdl.json`, 'utf8')) as {
  uid: string;
  panels: Panel[];
};
const { datasources } = parse(readFileSync(`${GRAFANA}/provisioning/datasources/prometheus.yml`, 'utf8')) as {
  datasources: { uid: string; jsonData: { timeInterval: string } }[];
};
const { global } = parse(readFileSync('ops/prometheus/prometheus.yml', 'utf8')) as {
  global: { scrape_interval: string };
};
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

// test/e2e/dashboard.spec.ts evaluates the expressions with a real Prometheus.
describe('dashboard', () => {
  it('keeps its uid, and uses the provisioned data source with the scrape interval of Prometheus', () => {
    expect(dashboard.uid).toBe('mdl');
    expect(new Set(panels.map(({ datasource }) => datasource?.uid))).toEqual(new Set([datasources[0]?.uid]));
    expect(datasources[0]?.jsonData.timeInterval).toBe(global.scrape_interval);
  });

  it('has panels with unique ids that do not overlap', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const taken = new Map<string, string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect([title, gridPos.x + gridPos.w <= 24]).toEqual([title, true]);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect([title, taken.get(`${x} ${y}`)]).toEqual([title, undefined]);
          taken.set(`${x} ${y}`, title);
        }
    }
  });
});
