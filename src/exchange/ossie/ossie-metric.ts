import { isDeepStrictEqual } from 'node:util';
import { isObject, type JsonObject } from '../files/catalogue-entry';
import { isCarried, readFormula, writeExpression } from './ossie-expression';
import { differenceOf, formatExtension, splitExtensions } from './ossie-extension';
import { type LoseMember, ossieOf, packOssie } from './ossie-extra';
import { keyFrom, oneLine } from './ossie-name';
import { type Datasets, sourcesIn } from './ossie-sources';
import { cutText } from './ossie-text';

const MAX_SYNONYMS = 50;
const MAX_SYNONYM = 1000;

/** What a metric inherits from its model. */
export interface ModelContext {
  domainKey: string;
  datasets: Datasets;
}

/**
 * Reads a metric without the extension of this service. What documents have no member for is in `extra.ossie`.
 *
 * @param key the key, if it is not that of the name
 */
export function readMetric(
  metric: JsonObject,
  { domainKey, datasets }: ModelContext,
  lose: LoseMember,
  key?: string,
): JsonObject {
  const {
    name: given,
    expression,
    description,
    ai_context: context,
    custom_extensions: extensions,
    ...others
  } = metric;
  const name = String(given);
  const metric_id = key ?? keyFrom(name, 'metric');
  const formula = readFormula(expression);
  const text = cutText(description);
  const { synonyms, rest } = readContext(context);
  const { others: foreign } = splitExtensions(extensions);
  const sources = sourcesIn(expression, datasets);
  const ossie = {
    ...(metric_id !== name && { name }),
    ...(!isCarried(expression, formula) && expression !== undefined && { expression }),
    ...(text !== description && { description }),
    ...others,
    ...(rest !== undefined && { ai_context: rest }),
    ...(foreign !== undefined && { custom_extensions: foreign }),
  };
  for (const member of Object.keys(ossie)) if (member !== 'name') lose(member, `It is kept in extra.ossie.${member}.`);
  return {
    metric_id,
    name: oneLine(name),
    ...(text !== undefined && { description: text }),
    ...(synonyms && { synonyms }),
    business_domain: domainKey,
    ...(formula && { formula }),
    ...(sources.length > 0 && { data: { sources } }),
    ...(Object.keys(ossie).length > 0 && { extra: { ossie: packOssie(ossie, lose) } }),
  };
}

/** Reports what Ossie cannot express of a metric. */
export function loseInMetric(document: JsonObject, lose: LoseMember): void {
  writeExpression(document['formula'], ossieOf(document)['expression'], (loss) => lose(loss, keyOf(document)));
}

const keyOf = ({ metric_id }: JsonObject) => String(metric_id);

/** Writes a metric. The extension holds what Ossie has no member for. */
export function writeMetric(document: JsonObject, model: ModelContext): JsonObject {
  const ossie = ossieOf(document);
  const { name = document['metric_id'], expression, description, ai_context, custom_extensions, ...others } = ossie;
  const text = document['description'];
  const metric: JsonObject = {
    name: String(name),
    expression: writeExpression(document['formula'], expression, () => undefined),
    ...(text !== undefined && { description: cutText(description) === text ? description : text }),
    ...others,
  };
  const context = writeContext(ai_context, document['synonyms']);
  if (context !== undefined) metric['ai_context'] = context;
  if (custom_extensions !== undefined) metric['custom_extensions'] = custom_extensions;
  // A new metric is a draft.
  const base = { status: 'draft', ...readMetric(metric, model, () => undefined) };
  return withExtension(metric, differenceOf(base, document));
}

/** Adds the extension of this service to those of others. */
export function withExtension(object: JsonObject, own: Parameters<typeof formatExtension>[0]): JsonObject {
  const extension = formatExtension(own);
  if (!extension) return object;
  const { custom_extensions: others, ...members } = object;
  return { ...members, custom_extensions: [...(Array.isArray(others) ? (others as unknown[]) : []), extension] };
}

const isSynonym = (text: unknown): text is string =>
  typeof text === 'string' && text.trim() !== '' && [...text].length <= MAX_SYNONYM;

const synonymsIn = (list: unknown): string[] | undefined =>
  Array.isArray(list) ? list.filter(isSynonym).slice(0, MAX_SYNONYMS) : undefined;

/** Separates the synonyms of an `ai_context`. They stay in the rest too where documents cannot hold all of them. */
function readContext(context: unknown): { synonyms?: string[] | undefined; rest?: unknown } {
  if (!isObject(context)) return { rest: context };
  const { synonyms: given, ...others } = context;
  const synonyms = synonymsIn(given);
  const isComplete = given === undefined || isDeepStrictEqual(synonyms, given);
  const hasOthers = Object.keys(others).length > 0 || given === undefined;
  return { synonyms, rest: isComplete ? (hasOthers ? others : undefined) : context };
}

function writeContext(rest: unknown, synonyms: unknown): unknown {
  if (synonyms === undefined && !isObject(rest)) return rest;
  const others = typeof rest === 'string' ? { instructions: rest } : isObject(rest) ? rest : {};
  if (isDeepStrictEqual(synonymsIn(others['synonyms']), synonyms)) return others;
  const { synonyms: _, ...members } = others;
  return synonyms === undefined ? members : { ...members, synonyms };
}
