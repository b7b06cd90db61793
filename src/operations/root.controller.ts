import { Controller, Get, Header, Req, Res, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public } from '../auth/roles/requires.decorator';
import { Config } from '../config/config';
import { DocumentStores } from '../documents/document-stores';
import { ref } from '../openapi/fragments';
import { ApiProblems } from '../problems/problem-documentation';
import { preferredType } from '../routing/accept';
import { SetRouteOptions } from '../routing/route-options';
import { RootDto } from './root.dto';
import { ROOT_PAGE_POLICY, rootPage } from './root-page';

const NAME = 'Metrics Definition Library';
const DESCRIPTION = 'One agreed definition of each business metric.';
const TYPES = ['application/json', 'text/html'] as const;

/** The entry point of the service, for programs and people who know only its address. */
@ApiTags('operations')
@Controller({ path: '', version: VERSION_NEUTRAL })
export class RootController {
  constructor(
    private readonly config: Config,
    private readonly stores: DocumentStores,
  ) {}

  @Get()
  @Public()
  @SetRouteOptions({ produces: TYPES })
  @Header('cache-control', 'no-cache')
  @Header('vary', 'Accept, Accept-Encoding')
  @ApiOperation({
    operationId: 'readRoot',
    summary: 'Get links to the documentation and to all resources',
    description: 'The entry point of the service.',
  })
  @ApiExtraModels(RootDto)
  @ApiResponse({
    status: 200,
    description: 'The links: JSON, or a page for browsers, as `Accept` prefers.',
    content: {
      'application/json': { schema: ref(RootDto) },
      'text/html': { schema: { type: 'string' } },
    },
  })
  @ApiProblems('invalid_parameter')
  read(@Req() { headers }: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): RootDto | string {
    const links = this.links();
    if (preferredType(headers.accept, TYPES) === 'application/json')
      return { name: NAME, description: DESCRIPTION, links };
    void reply.headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': ROOT_PAGE_POLICY });
    return rootPage(NAME, DESCRIPTION, links);
  }

  private links(): Record<string, string> {
    const { DOCS_ENABLED, PUBLIC_URL } = this.config;
    const paths = {
      ...(DOCS_ENABLED && { documentation: '/docs', contract: '/openapi.json' }),
      health: '/health',
      ...Object.fromEntries(this.stores.all.map(({ definition: { resource } }) => [resource, `/api/v1/${resource}`])),
    };
    return Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, PUBLIC_URL + path]));
  }
}
