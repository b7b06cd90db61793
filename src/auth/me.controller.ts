import { Controller, Get, Header, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { ApiProblems } from '../problems/problem-documentation';
import { Representation } from '../responses/representation';
import { Choice } from '../validation/properties';
import { Property } from '../validation/schema';
import { Requires } from './roles/requires.decorator';
import { type Role, ROLES } from '../identity/role';

class MeDto {
  @Property(
    { type: 'string' },
    { required: true, description: 'What revisions and the audit log name.', example: 'user:ada@example.com' },
  )
  actor!: string;

  @Choice(ROLES, { required: true, example: 'editor' })
  role!: Role;
}

/** Whom the service takes a caller for. */
@ApiTags('access')
@Controller({ path: 'auth', version: '1' })
export class MeController {
  @Get('me')
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Who am I?', description: 'Whom the credentials stand for, of whichever kind they are.' })
  @ApiResponse({ status: 200, description: 'The caller.', type: MeDto })
  @ApiProblems('invalid_parameter')
  me(@Req() { principal }: FastifyRequest): Representation {
    // The guard lets nobody through without one.
    return Representation.of({ actor: principal?.id, role: principal?.role });
  }
}
