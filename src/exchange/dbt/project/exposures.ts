import { MetricLink } from '../../../metrics/dto/metric-sections';
import type { JsonObject } from '../../files/catalogue-entry';
import type { FormatEntry } from '../../files/catalogue-format';
import { valueFor } from '../../first-mdl/values';
import type { Exposure } from './project';
import { compact, nameOf, objectOf, textOf, textsOf } from './values';

/** What an exposure is, as the kind of a link. */
const KINDS: Readonly<Record<string, string>> = { dashboard: 'dashboard', notebook: 'query', analysis: 'query' };

const webAddress = valueFor(MetricLink, 'url');

/**
 * Converts exposures to links of the metrics that they depend on, and reports what is not kept.
 * @returns the links by the name of the metric
 */
export function* linksOf(exposures: readonly Exposure[]): Generator<FormatEntry, Map<string, JsonObject[]>> {
  const links = new Map<string, JsonObject[]>();
  for (const { definition, ...place } of exposures) {
    const name = textOf(definition['name']) ?? '';
    const url = webAddress(definition['url']);
    const metrics = metricsOf(definition['depends_on']);
    const isLink = url !== undefined && metrics.length > 0;
    const kind = KINDS[textOf(definition['type'])?.toLowerCase() ?? ''] ?? 'doc';
    const title = nameOf(definition['label']) ?? nameOf(name);
    for (const metric of isLink ? metrics : []) addLink(links, metric, compact({ kind, title, url }));
    const kept = isLink ? 'Only its address, name and type are kept.' : 'It has no metric or no web address.';
    yield { kind: 'loss', ...place, name: 'exposures', detail: `The exposure ${name} is not imported. ${kept}` };
  }
  return links;
}

function addLink(links: Map<string, JsonObject[]>, metric: string, link: JsonObject): void {
  const own = links.get(metric) ?? [];
  own.push(link);
  links.set(metric, own);
}

/** The metrics that an exposure depends on: `metric('revenue')`, or `metric.package.revenue` in a manifest. */
function metricsOf(dependencies: unknown): string[] {
  const texts = textsOf(Array.isArray(dependencies) ? dependencies : objectOf(dependencies)['nodes']);
  const names = texts.flatMap((text) => {
    const call = /\bmetric\(([^()]*)\)/.exec(text)?.[1];
    const last = call && [...call.matchAll(/['"]([^'"]+)['"]/g)].at(-1)?.[1];
    return last ?? /^metric\.[^.]+\.(.+)$/.exec(text)?.[1] ?? [];
  });
  return [...new Set(names)];
}
