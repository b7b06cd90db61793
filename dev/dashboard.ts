import { readFileSync } from 'node:fs';

interface Target {
  expr: string;
  legendFormat: string;
}

/** One panel of the dashboard. */
export interface Panel {
  title: string;
  description: string;
  /** A unit id of Grafana. */
  unit: string;
  targets: Target[];
}

/** The panels of one row. */
export interface Section {
  title: string;
  panels: Panel[];
}

interface GrafanaPanel {
  type: string;
  title: string;
  description?: string;
  fieldConfig: { defaults: { unit: string } };
  targets: Target[];
}

/**
 * Reads the dashboard of Grafana in sections.
 *
 * @param rateInterval the value of `$__rate_interval`
 */
export function readDashboard(rateInterval: string): Section[] {
  const { title, panels } = JSON.parse(readFileSync('ops/grafana/dashboards/mdl.json', 'utf8')) as {
    title: string;
    panels: GrafanaPanel[];
  };
  const sections: Section[] = [{ title, panels: [] }];
  for (const { type, title, description = '', fieldConfig, targets } of panels) {
    if (type === 'row') sections.push({ title, panels: [] });
    else
      sections.at(-1)?.panels.push({
        title,
        description,
        unit: fieldConfig.defaults.unit,
        targets: targets.map(({ expr, legendFormat }) => ({
          expr: expr.replaceAll('$__rate_interval', rateInterval),
          legendFormat,
        })),
      });
  }
  return sections;
}
