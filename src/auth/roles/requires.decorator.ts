import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { Role } from '../../identity/principal';
import { ApiProblems } from '../../problems/problem-documentation';
import { SetRouteOptions } from '../../routing/route-options';

/** Decorator: the route is for principals of this role and above: `@Requires('editor')`. */
export const Requires = (role: Role): MethodDecorator =>
  applyDecorators(
    SetRouteOptions({ access: role }),
    ApiBearerAuth(),
    // Every authenticated principal is a viewer at least; `include_deleted` is documented where it is taken.
    ApiProblems('unauthenticated', ...(role === 'viewer' ? [] : (['forbidden'] as const))),
  );

/** Decorator: the route is public, with or without credentials. */
export const Public = (): MethodDecorator => SetRouteOptions({ access: 'public' });
