import { Module } from '@nestjs/common';
import { APP_PIPE } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ErrorMapper, statusOf } from '../problems/error-mapper';
import { Problem } from '../problems/problem';
import { ProblemsModule } from '../problems/problems.module';
import { acceptedTypes, unsupportedMediaType } from './media-types';
import { SchemaPipe } from './schema.pipe';

/** Request bodies: their media types, limits and validation. */
@Module({ imports: [ProblemsModule], providers: [{ provide: APP_PIPE, useClass: SchemaPipe }] })
export class BodyModule {
  constructor(errors: ErrorMapper) {
    errors.register(toBodyProblem);
  }
}

/** The problem for a body that Fastify refuses, with what the route would accept. */
function toBodyProblem(error: unknown, request?: FastifyRequest): Problem | undefined {
  if (!request) return undefined;
  const status = statusOf(error);
  if (status === 415)
    return unsupportedMediaType(request, `The content type must be ${acceptedTypes(request).join(' or ')}.`);
  if (status !== 413) return undefined;
  const limit = request.routeOptions.bodyLimit;
  return new Problem('payload_too_large', {
    detail: `The body must have at most ${limit} bytes.`,
    members: { limit },
  });
}
