import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth } from '@nestjs/swagger';
import { ApiProblems } from '../../problems/problem-documentation';
import { AddRouteConfig } from '../../routing/route-config';
import type { Role } from '../../identity/role';

/** What a route says of who may call it; one that says nothing stops the boot. */
export type Access = Role | 'public';

/** The route is for callers of this role and of those above it: `@Requires('editor')`. */
export const Requires = (role: Role): MethodDecorator =>
  applyDecorators(
    AddRouteConfig({ access: role satisfies Access }),
    ApiBearerAuth(),
    // No caller with good credentials may do less than a viewer; `include_deleted` is documented where it is taken.
    ApiProblems('unauthenticated', ...(role === 'viewer' ? [] : (['forbidden'] as const))),
  );

/** The route is for everybody, credentials or not. */
export const Public = (): MethodDecorator => AddRouteConfig({ access: 'public' satisfies Access });
