import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Role, ROLES } from '../identity/principal';
import { ApiProblems } from '../problems/problem-documentation';
import { Representation } from '../responses/representation';
import { Choice } from '../validation/properties';
import { Requires } from './roles/requires.decorator';
import { ResponseText } from './response-properties';

class MeDto {
  @ResponseText({
    description: 'The id of the principal in revisions and the audit log.',
    example: 'user:ada@example.com',
  })
  actor!: string;

  @Choice(ROLES, { required: true, example: 'editor' })
  role!: Role;
}

/** The principal of the request. */
@ApiTags('access')
@Controller({ path: 'auth', version: '1' })
export class MeController {
  @Get('me')
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'readPrincipal',
    summary: 'Get the current principal',
    description: 'The principal of the credentials, of any kind.',
  })
  @ApiResponse({ status: 200, description: 'The principal.', type: MeDto })
  @ApiProblems('invalid_parameter')
  me(@Req() { principal }: FastifyRequest): Representation {
    // The guard rejects requests without a principal.
    return Representation.of({ actor: principal?.id, role: principal?.role });
  }
}
