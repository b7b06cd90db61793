import { Property, type PropertyOptions } from '../validation/schema';

/** A text that every response of its class has. */
export const ResponseText = (options: PropertyOptions) => Property({ type: 'string' }, { required: true, ...options });

/** A timestamp that every response of its class has; null for an event that has not happened. */
export const NullableMoment = (options: PropertyOptions = {}) =>
  Property({ type: ['string', 'null'], format: 'date-time' }, { required: true, ...options });
