import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Panel, readDashboard } from './dashboard.ts';
import { drawLines, escapeHtml } from './line-chart.ts';
import { queryRange } from './prometheus-query.ts';
import { Failure, main } from './script.ts';

const POINTS = 120;
const STYLE = `
  body { font: 13px system-ui, sans-serif; margin: 16px; color: #1f2328; background: #fff; }
  h1, h2 { font-size: 16px; margin: 20px 0 6px; }
  h3 { font-size: 13px; margin: 0; }
  section { display: grid; grid-template-columns: repeat(3, 1fr); gap: 10px; }
  article { border: 1px solid #d1d9e0; border-radius: 4px; padding: 8px; break-inside: avoid; }
  .quiet { color: #59636e; font-size: 12px; margin: 2px 0; }
  svg { width: 100%; }
  svg text { font-size: 10px; fill: #59636e; }
  svg line { stroke: #d1d9e0; }
  polyline { fill: none; stroke-width: 1.5; }
  ul { list-style: none; margin: 0; padding: 0; font-size: 11px; }
  li { display: inline-block; margin-right: 10px; }
  i { display: inline-block; width: 10px; height: 3px; margin-right: 4px; vertical-align: middle; }`;

/** Writes the Grafana dashboard as one self-contained HTML page with the data of Prometheus. */
await main('npm run dashboard', async () => {
  const { values } = parseArgs({
    options: {
      prometheus: { type: 'string', default: process.env['PROMETHEUS_URL'] ?? 'http://localhost:9090' },
      minutes: { type: 'string', default: '60' },
      'rate-interval': { type: 'string', default: '1m' },
      out: { type: 'string', default: 'dashboard.html' },
    },
  });
  const to = Math.floor(Date.now() / 1000);
  const time = { from: to - Number(values.minutes) * 60, to };
  const step = Math.max(1, Math.round((time.to - time.from) / POINTS));

  const draw = async ({ title, description, unit, targets }: Panel): Promise<string> => {
    const found = await Promise.all(
      targets.map(async ({ expr, legendFormat }) =>
        (await queryRange(values.prometheus, expr, { ...time, step })).map(({ metric, values: points }) => ({
          name: legendFormat.replace(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ''),
          values: points,
        })),
      ),
    ).catch((error: Error) => {
      throw new Failure(`${values.prometheus} is unavailable: ${error.message}`);
    });
    return `<article><h3>${escapeHtml(title)}</h3><p class="quiet">${escapeHtml(description)}</p>${drawLines(found.flat(), unit, time)}</article>`;
  };
  const sections: string[] = [];
  for (const { title, panels } of readDashboard(values['rate-interval']))
    sections.push(
      `<h2>${escapeHtml(title)}</h2><section>${(await Promise.all(panels.map(draw))).join('\n')}</section>`,
    );
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Metrics Definition Library</title><style>${STYLE}
</style><p class="quiet">${new Date(time.from * 1000).toISOString()} to ${new Date(to * 1000).toISOString()}</p>
${sections.join('\n')}</html>
`;
  writeFileSync(values.out, page);
  console.log(`${values.out} shows the last ${values.minutes} minutes`);
  return 0;
});
