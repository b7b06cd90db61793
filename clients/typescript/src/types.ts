import type { components, paths } from './openapi.ts';

/** The resources, which have the same routes. */
export const RESOURCES = ['metrics', 'domains', 'objectives'] as const;
export type Resource = (typeof RESOURCES)[number];

type Collection<R extends Resource> = paths[`/api/v1/${R}`];
type Item<R extends Resource> = paths[`/api/v1/${R}/{key}`];
type Ok<Operation> = Operation extends { responses: { 200: { content: { 'application/json': infer Body } } } }
  ? Body
  : never;
type BodyOf<Operation, Type extends string = 'application/json'> = Operation extends {
  requestBody: { content: Record<Type, infer Body> };
}
  ? Body
  : never;

/** A document as the service returns it. */
export type Document<R extends Resource> = Ok<Item<R>['get']>;
/** A document as a client creates or replaces it. */
export type Create<R extends Resource> = BodyOf<Collection<R>['post']>;
/** A JSON merge patch (RFC 7396): members replace, null removes, objects merge. */
export type Patch<R extends Resource> = BodyOf<Item<R>['patch'], 'application/merge-patch+json'>;
/** A page of a list. */
export type Page<R extends Resource> = Ok<Collection<R>['get']>;
/** Filters, search, sort order and members of a list. */
export type ListQuery<R extends Resource> = NonNullable<Collection<R>['get']['parameters']['query']>;
/** A status transition of a metric. */
export type Transition = BodyOf<paths['/api/v1/metrics/{key}/transitions']['post']>;
/** Every error response (RFC 9457). */
export type Problem = components['schemas']['Problem'];
