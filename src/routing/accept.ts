/** Clients send few different headers: results are cached. */
const MAX_CACHED = 200;
const MAX_LENGTH = 200;
const cached = new Map<string, Map<string, boolean>>();

/** Whether a client accepts a media type (RFC 9110, 12.5.1). Without the header it accepts any. */
export function accepts(accept: string | undefined, type: string): boolean {
  if (accept === undefined || accept === '' || accept === '*/*') return true;
  let known = cached.get(type);
  if (!known) cached.set(type, (known = new Map<string, boolean>()));
  let isAccepted = known.get(accept);
  if (isAccepted !== undefined) return isAccepted;
  isAccepted = weigh(accept.toLowerCase(), type) > 0;
  if (known.size === MAX_CACHED) known.clear();
  if (accept.length <= MAX_LENGTH) known.set(accept, isAccepted);
  return isAccepted;
}

/** The type that a client prefers; the first of those with equal weight. */
export const preferredType = (accept: string | undefined, types: readonly [string, ...string[]]): string =>
  accept === undefined
    ? types[0]
    : types.reduce((best, type) =>
        weigh(accept.toLowerCase(), type) > weigh(accept.toLowerCase(), best) ? type : best,
      );

/** Whether a client names a media type with this parameter. */
export const acceptsParameter = (accept: string | undefined, type: string, parameter: string): boolean =>
  (accept ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.split(';').map((text) => text.trim()))
    .some(([range, ...parameters]) => range === type && parameters.includes(parameter));

/** The weight of the most specific range that contains the type; 0 where none does. */
function weigh(accept: string, type: string): number {
  // `*` is what HttpURLConnection of Java sends.
  const ranges = [type, `${type.split('/', 1)[0]}/*`, '*/*', '*'];
  let [best, weight] = [ranges.length, 0];
  for (const part of accept.split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim());
    const at = ranges.indexOf(range);
    if (at < 0 || at > best) continue;
    const given = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
    [weight, best] = [at === best ? Math.max(weight, given) : given, at];
  }
  return weight;
}
