export { MdlClient, type MdlClientOptions } from './client.ts';
export { type Documents, type RequestOptions } from './documents.ts';
export { ProblemError } from './problem-error.ts';
export type { Create, Document, ListQuery, Page, Patch, Problem, Resource, Transition } from './types.ts';
export type { components, operations, paths } from './openapi.ts';
