export const DOMAIN_STATUSES = ['active', 'deprecated'] as const;
export type DomainStatus = (typeof DOMAIN_STATUSES)[number];

/** Levels of the tree of domains, the root counted. */
export const MAX_DEPTH = 5;
