import type { Type } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants';
import type { FastifyContextConfig } from 'fastify';
import type { Role } from '../identity/principal';
import type { QueryParser } from './query-parameters';

/** The authorization of a route: principals of this role and above, or the public. */
export type Access = Role | 'public';

/** The kind of response of a cached route, for statistics. */
export type ResponseKind = 'list' | 'item' | 'stats' | 'revisions';

/** The controller class and method of a route, from which early guards build Nest's execution context. */
export interface RouteHandler {
  controller: Type;
  method: (...parameters: never[]) => unknown;
}

declare module 'fastify' {
  /** The options of a route, as `request.routeOptions.config`. */
  interface FastifyContextConfig {
    /** A route that declares no access stops the boot. */
    access?: Access;
    /** Absent on routes that belong to no controller. */
    handler?: RouteHandler;
    /** The query parameters that the route takes; a route without a parser takes none. */
    query?: QueryParser;
    /** Responses are cached: the resource that they show. */
    cache?: { resource: string; kind: ResponseKind };
    /** Media types of the body; JSON by default. */
    accepts?: readonly string[];
    /** Media types of the response; JSON by default. */
    produces?: readonly string[];
    /** The route takes many items at once, and the larger body limit holds. */
    bulk?: { maxItems: number };
    /** Request or response contains a secret: `Idempotency-Key` stores nothing of it. */
    containsSecrets?: true;
    /** The handler takes its share of the connection pool itself, after a wait that must not hold one. */
    takesPoolShare?: true;
  }
}

/** Decorator: adds options to a route. Nest's own `@RouteConfig` would replace those that other decorators have set. */
export const SetRouteOptions =
  (options: FastifyContextConfig): MethodDecorator =>
  (target, key, descriptor) => {
    const method = descriptor.value as RouteHandler['method'];
    const handler = { controller: target.constructor as Type, method };
    const present = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, method) as FastifyContextConfig | undefined;
    RouteConfig({ ...present, handler, ...options })(target, key, descriptor);
  };
