import { MetricDto } from '../../../metrics/dto/metric.dto';
import { TIERS } from '../../../metrics/metric.values';
import { isObject, type JsonObject } from '../../files/catalogue-entry';
import { itemLimit, key, oneOf } from '../../first-mdl/values';
import { compact, textOf, textsOf } from '../project/values';

/** What `meta` gives to a metric, and what stays in it. */
interface MappedMeta {
  owner: string | undefined;
  email: string | undefined;
  business_domain: string | undefined;
  unit: string | undefined;
  tier: string | undefined;
  synonyms: string[] | undefined;
  rest: JsonObject;
}

/** `tier-1`, `Tier 1`, `tier_1` and `1`. */
const tierOf = (value: unknown) =>
  oneOf(TIERS)(
    textOf(value)
      ?.replace(/^(?:tier[ _-]?)?(?=\d$)/i, 'tier-')
      .toLowerCase(),
  );

/**
 * Maps the members of `meta` that have a place in a metric: `owner` (a text, or an object with `name` and `email`),
 * `domain` (the key of a domain), `unit`, `tier` and `synonyms`. A member that does not fit stays.
 */
export function mapMeta(meta: JsonObject): MappedMeta {
  const { owner, domain, unit, tier, synonyms, ...rest } = meta;
  const { name, email, ...ownerRest } = isObject(owner) ? owner : { name: owner, email: undefined };
  const mapped = {
    owner: textOf(name),
    email: textOf(email),
    business_domain: key(domain),
    unit: textOf(unit),
    tier: tierOf(tier),
    synonyms: synonymsOf(synonyms),
  };
  return {
    ...mapped,
    rest: compact({
      ...rest,
      owner: mapped.owner === undefined ? owner : ownerRest,
      domain: mapped.business_domain === undefined ? domain : undefined,
      unit: mapped.unit === undefined ? unit : undefined,
      tier: mapped.tier === undefined ? tier : undefined,
      synonyms: mapped.synonyms === undefined ? synonyms : undefined,
    }),
  };
}

function synonymsOf(value: unknown): string[] | undefined {
  const texts = [...new Set(textsOf(value))];
  const isList = Array.isArray(value) && value.some((item) => typeof item === 'object' && item !== null);
  return isList || texts.length === 0 || texts.length > (itemLimit(MetricDto, 'synonyms') ?? 0) ? undefined : texts;
}
