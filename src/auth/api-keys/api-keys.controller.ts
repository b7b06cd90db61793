import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type Author, RequestAuthor } from '../../identity/author';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { Representation } from '../../responses/representation';
import { SetRouteOptions } from '../../routing/route-options';
import { Requires } from '../roles/requires.decorator';
import { API_KEY_ID, ApiKeyDto, ApiKeyListDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-keys.dto';
import { ApiKeys } from './api-keys.service';

/** API keys, the credentials of clients. */
@ApiTags('access')
@ApiExtraModels(ApiKeyDto)
@Controller({ path: 'api-keys', version: '1' })
export class ApiKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Post()
  @Requires('admin')
  @SetRouteOptions({ containsSecrets: true })
  @ApiOperation({
    operationId: 'createApiKey',
    summary: 'Create an API key',
    description: 'Only this response contains the key; the service stores a digest of it.',
  })
  @ApiResponse({ status: 201, description: 'The API key with its secret.', type: CreatedApiKeyDto })
  @ApiProblems(...WRITE_PROBLEMS)
  async create(@Body() key: CreateApiKeyDto, @RequestAuthor() author: Author): Promise<Representation> {
    return Representation.of(await this.keys.create(key, author), 201);
  }

  @Get()
  @Requires('admin')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'listApiKeys',
    summary: 'List API keys',
    description: 'All keys, revoked ones too, newest first.',
  })
  @ApiResponse({ status: 200, description: 'All API keys, without their secrets.', type: ApiKeyListDto })
  @ApiProblems('invalid_parameter')
  async list(): Promise<Representation> {
    return Representation.of({ data: await this.keys.list() });
  }

  @Delete(':id')
  @HttpCode(204)
  @Requires('admin')
  @ApiOperation({
    operationId: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'Every instance rejects the key from the next request on.',
  })
  @ApiParam({ name: 'id', schema: API_KEY_ID, example: '4f6c1e9a0b2d' })
  @ApiResponse({ status: 204, description: 'The API key is revoked.' })
  @ApiProblems('invalid_parameter', 'not_found')
  async revoke(@Param('id') id: string, @RequestAuthor() author: Author): Promise<Representation> {
    await this.keys.revoke(id, author);
    return Representation.empty();
  }
}
