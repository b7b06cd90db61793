export { DIRECTIONS, type Direction } from '../metrics/metric.values';

export const OBJECTIVE_STATUSES = ['draft', 'active', 'on_hold', 'completed', 'cancelled'] as const;
export const PRIORITIES = ['high', 'medium', 'low'] as const;

export type ObjectiveStatus = (typeof OBJECTIVE_STATUSES)[number];
