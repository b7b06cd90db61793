/**
 * Writes a generated catalogue in a format, to measure imports:
 * `node bench/catalogue-file.ts ndjson 100000 > metrics.ndjson`. Formats: ndjson, csv, dbt, semantic-manifest, ossie.
 */
import { once } from 'node:events';
import { Failure, main } from '../dev/script.ts';

/** Metrics of one semantic model. */
const PER_MODEL = 50;
const WORDS = ['revenue', 'orders', 'churn', 'margin', 'users', 'sessions', 'conversion', 'refund', 'basket', 'cost'];

const wordOf = (index: number) => WORDS[index % WORDS.length] ?? '';
const keyOf = (index: number) => `metric_${index}_${wordOf(index)}_${wordOf(index * 7 + 3)}`;
const nameOf = (index: number) => `${wordOf(index)} of ${wordOf(index * 7 + 3)} ${index}`;
const descriptionOf = (index: number) =>
  `Sum of ${wordOf(index)} by ${wordOf(index * 3)} in the period, without tests and internal accounts. Number ${index}.`;
const measureOf = (index: number) => `measure_${Math.floor(index / PER_MODEL)}_${index % PER_MODEL}`;
const range = (length: number) => Array.from({ length }, (_, index) => index);

interface Format {
  head: string;
  /** The text of one semantic model with its measures. */
  model?: (index: number) => string;
  between?: string;
  metric: (index: number) => string;
  tail?: string;
}

const FORMATS: Readonly<Record<string, Format>> = {
  ndjson: {
    head: '',
    metric: (index) =>
      `${JSON.stringify({
        metric_id: keyOf(index),
        name: nameOf(index),
        description: descriptionOf(index),
        owner: `Data team ${index % 50}`,
        tags: ['finance', wordOf(index)],
        formula: { expression: `sum(amount_${index % 100})`, language: 'sql' },
      })}\n`,
  },
  csv: {
    head: 'metric_id,name,description,owner,tags,formula.expression\n',
    metric: (index) =>
      `${keyOf(index)},${nameOf(index)},"${descriptionOf(index)}",Data team ${index % 50},finance|${wordOf(index)},sum(amount)\n`,
  },
  dbt: {
    head: 'semantic_models:\n',
    model: (model) =>
      `  - name: model_${model}\n    model: ref('model_${model}')\n    measures:\n` +
      range(PER_MODEL)
        .map((index) => `      - {name: ${measureOf(model * PER_MODEL + index)}, agg: sum, expr: amount_${index}}\n`)
        .join(''),
    between: 'metrics:\n',
    metric: (index) =>
      `  - name: ${keyOf(index)}\n    label: ${nameOf(index)}\n    description: "${descriptionOf(index)}"\n` +
      `    type: simple\n    type_params:\n      measure: ${measureOf(index)}\n`,
  },
  'semantic-manifest': {
    head: '{"semantic_models":[',
    model: (model) =>
      `${model > 0 ? ',' : ''}${JSON.stringify({
        name: `model_${model}`,
        node_relation: { alias: `model_${model}`, schema_name: 'shop' },
        measures: range(PER_MODEL).map((index) => ({
          name: measureOf(model * PER_MODEL + index),
          agg: 'sum',
          expr: `amount_${index}`,
        })),
      })}`,
    between: '],"metrics":[',
    metric: (index) =>
      `${index > 0 ? ',' : ''}${JSON.stringify({
        name: keyOf(index),
        label: nameOf(index),
        description: descriptionOf(index),
        type: 'simple',
        type_params: { measure: { name: measureOf(index), filter: null, alias: null }, metrics: [], window: null },
      })}`,
    tail: '],"project_configuration":{}}\n',
  },
  ossie: {
    head: 'version: 0.1.1\nsemantic_model:\n  - name: shop\n    datasets:\n      - {name: orders, source: shop.orders}\n    metrics:\n',
    metric: (index) =>
      `      - name: ${keyOf(index)}\n        description: "${descriptionOf(index)}"\n        expression:\n` +
      `          dialects:\n            - {dialect: ANSI_SQL, expression: SUM(orders.amount_${index % 100})}\n`,
  },
};

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

await main('bench/catalogue-file', async () => {
  const [name = '', count = ''] = process.argv.slice(2);
  const format = FORMATS[name];
  if (!format || !/^[1-9]\d*$/.test(count))
    throw new Failure(`usage: node bench/catalogue-file.ts <${Object.keys(FORMATS).join('|')}> <number of metrics>`);
  const { head, model, between = '', metric, tail = '' } = format;
  await write(head);
  if (model) for (const index of range(Math.ceil(Number(count) / PER_MODEL))) await write(model(index));
  await write(between);
  for (const index of range(Number(count))) await write(metric(index));
  await write(tail);
  return 0;
});
