export const DOMAIN_STATUSES = ['active', 'deprecated'] as const;
export type DomainStatus = (typeof DOMAIN_STATUSES)[number];

/** Maximum number of levels of the domain tree, including the root. */
export const MAX_DEPTH = 5;
