import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum';
import type { FastifyRequest } from 'fastify';
import { readParameters, refuseParameters } from '../pagination/paging';
import type { Violation } from '../validation/violation';

/** Refuses query parameters on routes that read none: nothing a caller says is ignored. */
@Injectable()
export class QueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { query } = context.switchToHttp().getRequest<FastifyRequest<{ Querystring: Record<string, unknown> }>>();
    if (Object.keys(query).length === 0 || readsQuery(context)) return true;
    const violations: Violation[] = [];
    readParameters(query, [], violations);
    refuseParameters(violations);
    return true;
  }
}

function readsQuery(context: ExecutionContext): boolean {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) as
    object | undefined;
  return Object.keys(parameters ?? {}).some((parameter) => parameter.startsWith(`${RouteParamtypes.QUERY}:`));
}
