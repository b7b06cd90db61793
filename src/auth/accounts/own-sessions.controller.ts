import { Controller, Delete, Get, Header, HttpCode, Param, Req } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { type Author, RequestAuthor } from '../../identity/author';
import { ApiProblems } from '../../problems/problem-documentation';
import { Representation } from '../../responses/representation';
import { Requires } from '../roles/requires.decorator';
import { SessionDto, SessionListDto } from './accounts.dto';
import { OwnSessions } from './own-sessions.service';

/** The sessions of the user who is signed in. */
@ApiTags('access')
@ApiExtraModels(SessionDto)
@Controller({ path: 'auth/sessions', version: '1' })
export class OwnSessionsController {
  constructor(private readonly sessions: OwnSessions) {}

  @Get()
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'listSessions',
    summary: 'List your sessions',
    description: 'The open sessions of the user, newest first.',
  })
  @ApiResponse({ status: 200, description: 'The sessions.', type: SessionListDto })
  @ApiProblems('invalid_parameter')
  async list(@Req() { principal }: FastifyRequest): Promise<Representation> {
    return Representation.of({ data: await this.sessions.list(principal) });
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('viewer')
  @ApiOperation({
    operationId: 'endSession',
    summary: 'End one of your sessions',
    description: 'Every instance rejects its tokens.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiResponse({ status: 204, description: 'The session has ended.' })
  @ApiProblems('invalid_parameter', 'not_found')
  async end(
    @Param('id') id: string,
    @Req() { principal }: FastifyRequest,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    await this.sessions.end(principal, id, author);
    return Representation.empty();
  }
}
