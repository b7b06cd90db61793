import type { QueriedSeries } from './prometheus-query.ts';

const WIDTH = 420;
const HEIGHT = 150;
const LEFT = 56;
const BOTTOM = 18;
/** Distinguishable colours; more lines repeat them. */
const COLOURS = [
  '#2a78d6',
  '#d9822b',
  '#3a9b57',
  '#c4412c',
  '#8a63c9',
  '#8c6d46',
  '#d05fa5',
  '#7a828a',
  '#a3a62b',
  '#2ba6b5',
];

/** A line of a chart, with its name. */
export interface Line {
  name: string;
  values: QueriedSeries['values'];
}

/**
 * Draws lines over time as an SVG with a legend. The scale starts at zero or at the lowest negative value.
 *
 * @param unit a unit id of Grafana
 */
export function drawLines(lines: Line[], unit: string, { from, to }: { from: number; to: number }): string {
  const numbers = lines.flatMap(({ values }) => values.map(([, value]) => Number(value))).filter(Number.isFinite);
  if (numbers.length === 0) return '<p class="quiet">no data</p>';
  const least = Math.min(0, ...numbers);
  const most = Math.max(...numbers) || 1;
  const x = (time: number) => round(LEFT + ((time - from) / (to - from)) * (WIDTH - LEFT - 6));
  const y = (value: number) => round(HEIGHT - BOTTOM - ((value - least) / (most - least)) * (HEIGHT - BOTTOM - 10));
  const grid = [least, (least + most) / 2, most].map(
    (value) =>
      `<line x1="${LEFT}" x2="${WIDTH}" y1="${y(value)}" y2="${y(value)}"/><text x="${LEFT - 4}" y="${y(value) + 4}" text-anchor="end">${show(value, unit)}</text>`,
  );
  const clock = [from, to].map(
    (time, end) =>
      `<text x="${x(time)}" y="${HEIGHT - 2}" text-anchor="${end ? 'end' : 'start'}">${new Date(time * 1000).toISOString().slice(11, 19)}</text>`,
  );
  const paths = lines.map(({ values }, index) => {
    const points = values.filter(([, value]) => Number.isFinite(Number(value)));
    return `<polyline stroke="${colour(index)}" points="${points.map(([time, value]) => `${x(time)},${y(Number(value))}`).join(' ')}"/>`;
  });
  const names = lines.map(({ name, values }, index) => {
    const last = Number(values.at(-1)?.[1]);
    return `<li><i style="background:${colour(index)}"></i>${escapeHtml(name)} <b>${Number.isFinite(last) ? show(last, unit) : '–'}</b></li>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}">${grid.join('')}${clock.join('')}${paths.join('')}</svg><ul>${names.join('')}</ul>`;
}

const colour = (index: number) => COLOURS[index % COLOURS.length] ?? '';

/** Formats a value with its unit: 12.3 ms, 4.5 MB, 98 %. */
export function show(value: number, unit: string): string {
  if (unit === 'percentunit') return `${short(value * 100)} %`;
  if (unit === 's') return value !== 0 && Math.abs(value) < 1 ? `${short(value * 1000)} ms` : `${short(value)} s`;
  if (unit === 'bytes') return Math.abs(value) < 1e6 ? `${short(value / 1e3)} kB` : `${short(value / 1e6)} MB`;
  return unit === 'reqps' || unit === 'ops' ? `${short(value)}/s` : short(value);
}

const short = (value: number) => String(Number(value.toPrecision(3)));
const round = (value: number) => Math.round(value * 10) / 10;

export const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
