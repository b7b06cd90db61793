import { RouteConfig } from '@nestjs/platform-fastify';
import { FASTIFY_ROUTE_CONFIG_METADATA } from '@nestjs/platform-fastify/constants';

/** Adds to the configuration of a route, where Nest's own decorator puts one in place of what others have said. */
export const AddRouteConfig =
  (more: Readonly<Record<string, unknown>>): MethodDecorator =>
  (target, key, descriptor) => {
    const present = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG_METADATA, descriptor.value as object) as
      object | undefined;
    RouteConfig({ ...present, ...more })(target, key, descriptor);
  };
