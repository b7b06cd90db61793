import { describeTarget, format, isMet, median, type Report, type Result } from './result.ts';

const WIDTH = 860;
const LABELS = 230;
const BARS = 400;
const ROW = 26;
const BAR = 14;

/** Light and dark colours. An SVG file of its own follows the colour scheme of the system. */
const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .quiet { fill: #59636e; font-size: 12px; }
  .bar { fill: #2a78d6; }
  .missed { fill: #c4412c; }
  .axis { stroke: #d1d9e0; }
  .span { stroke: #1f2328; stroke-width: 1.5; }
  .target { stroke: #1f2328; stroke-width: 3; }
  .page { fill: #ffffff; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .quiet { fill: #9198a1; }
    .bar { fill: #3987e5; }
    .missed { fill: #e66a55; }
    .axis { stroke: #3d444d; }
    .span, .target { stroke: #f0f6fc; }
    .page { fill: #0d1117; }
  }`;

const GROUPS = [
  ['plain', 'Requests per second relative to plain Fastify with a fixed response'],
  ['hand-written', 'Requests per second relative to hand-written handlers with Fastify and pg'],
] as const;

/**
 * Draws a run as an SVG: for each ratio a bar, a line from its lowest to its highest round and a mark for its target.
 */
export function drawChart({ machine, options, results }: Report): string {
  const parts: string[] = [];
  let y = 30;
  const text = (x: number, content: string, kind = '') =>
    parts.push(`<text x="${x}" y="${y}"${kind && ` class="${kind}"`}>${escape(content)}</text>`);

  for (const [kind, heading] of GROUPS) {
    const rows = results.filter(({ baselineKind, unit }) => baselineKind === kind && unit === 'ratio');
    if (rows.length === 0) continue;
    text(20, heading, 'title');
    y += 12;
    const most = Math.max(1, ...rows.flatMap(({ values }) => values), ...rows.map(targetOf)) * 1.05;
    const at = (value: number) => round(LABELS + (value / most) * BARS);
    const bottom = y + rows.length * ROW;
    for (const tick of ticks(most)) {
      parts.push(`<line class="axis" x1="${at(tick)}" x2="${at(tick)}" y1="${y}" y2="${bottom}"/>`);
      parts.push(`<text class="quiet" text-anchor="middle" x="${at(tick)}" y="${bottom + 16}">${tick}</text>`);
    }
    for (const row of rows) {
      parts.push(drawRow(row, y, at));
      y += ROW;
    }
    y += 52;
  }
  const others = results.filter(({ unit }) => unit !== 'ratio');
  if (others.length > 0) text(20, 'Other results', 'title');
  for (const { name, unit, values, target, ...rest } of others) {
    y += 22;
    const verdict = target
      ? `, ${describeTarget(target)}: ${isMet({ values, target, ...rest }) ? 'met' : 'missed'}`
      : '';
    text(20, `${name}: ${format(median(values), unit)} ${unit}${verdict}`);
  }
  y += others.length > 0 ? 32 : 0;
  text(
    20,
    `Bar: median of ${options.rounds} rounds; thin line: lowest to highest round; thick mark: target; red: target missed.`,
    'quiet',
  );
  y += 18;
  text(
    20,
    [
      machine.cpu,
      `${machine.cores} cores`,
      machine.system,
      `Node ${machine.versions['node'] ?? ''}`,
      machine.time.slice(0, 10),
      machine.commit,
    ]
      .filter((part) => part !== '')
      .join(', '),
    'quiet',
  );
  const height = y + 16;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Results of the benchmark">
<style>${STYLE}
</style>
<rect class="page" width="100%" height="100%"/>
${parts.join('\n')}
</svg>
`;
}

function drawRow(result: Result, top: number, at: (value: number) => number): string {
  const { name, values, unit, target } = result;
  const middle = top + ROW / 2;
  const [lowest, highest, value] = [Math.min(...values), Math.max(...values), median(values)];
  const mark = target
    ? `<line class="target" x1="${at(targetOf(result))}" x2="${at(targetOf(result))}" y1="${middle - 11}" y2="${middle + 11}"/>`
    : '';
  const verdict = target ? ` (${describeTarget(target)}: ${isMet(result) ? 'met' : 'missed'})` : '';
  return [
    `<text x="20" y="${middle + 4}">${escape(name)}</text>`,
    `<rect class="${isMet(result) ? 'bar' : 'missed'}" x="${LABELS}" y="${middle - BAR / 2}" width="${round(at(value) - LABELS)}" height="${BAR}" rx="2"/>`,
    `<line class="span" x1="${at(lowest)}" x2="${at(highest)}" y1="${middle}" y2="${middle}"/>`,
    mark,
    `<text x="${LABELS + BARS + 14}" y="${middle + 4}">${escape(format(value, unit) + verdict)}</text>`,
  ].join('');
}

const targetOf = ({ target }: Result): number => (target && 'atLeast' in target ? target.atLeast : 0);

/** Four to eight round numbers from zero. */
function ticks(most: number): number[] {
  const distance = [0.1, 0.25, 0.5, 1, 2, 5, 10].find((step) => most / step <= 8) ?? 20;
  return Array.from({ length: Math.floor(most / distance) + 1 }, (_, index) => round(index * distance));
}

const round = (value: number) => Math.round(value * 100) / 100;

const escape = (content: string) =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
