/** The allowed values of the enumerated members of a metric. */
export const METRIC_STATUSES = ['draft', 'active', 'deprecated', 'archived'] as const;
export const TIERS = ['tier-1', 'tier-2', 'tier-3'] as const;
export const METRIC_TYPES = ['leading', 'lagging', 'operational'] as const;
export const KINDS = ['simple', 'ratio', 'derived', 'cumulative', 'conversion'] as const;
export const DIRECTIONS = ['increase', 'decrease', 'maintain'] as const;
export const GRAINS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export const LANGUAGES = ['sql', 'metricflow', 'dax', 'mdx', 'maql', 'tableau', 'text'] as const;
export const CLASSIFICATIONS = ['public', 'internal', 'confidential', 'restricted'] as const;
export const LINK_KINDS = ['dashboard', 'playbook', 'query', 'doc'] as const;

export type MetricStatus = (typeof METRIC_STATUSES)[number];
export type Direction = (typeof DIRECTIONS)[number];
