/** The kinds of write that a revision records. */
export const CHANGES = ['created', 'updated', 'transitioned', 'deleted', 'restored', 'reverted', 'moved'] as const;
export type Change = (typeof CHANGES)[number];
