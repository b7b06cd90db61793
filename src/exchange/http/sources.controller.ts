import { Body, Controller, Delete, Get, Header, HttpCode, Param, Put } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../../auth/roles/requires.decorator';
import { ApiProblems, WRITE_PROBLEMS } from '../../problems/problem-documentation';
import { Representation } from '../../responses/representation';
import { KEY_PATTERN } from '../../validation/properties';
import { SourceDto, SourceListDto, SourceSettingsDto } from '../sources/source.dto';
import { Sources } from '../sources/sources';

const ApiSourceKey = ApiParam({
  name: 'key',
  schema: { type: 'string', pattern: KEY_PATTERN },
  examples: { source: { value: 'dbt-finance' } },
});

/** The sources of repeated imports. */
@ApiTags('exchange')
@ApiExtraModels(SourceDto)
@Controller({ path: 'sources', version: '1' })
export class SourcesController {
  constructor(private readonly sources: Sources) {}

  @Get()
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({ operationId: 'listSources', summary: 'List sources' })
  @ApiResponse({ status: 200, description: 'All sources.', type: SourceListDto })
  @ApiProblems('invalid_parameter')
  async list(): Promise<Representation> {
    return Representation.of({ data: await this.sources.list() });
  }

  @Put(':key')
  @Requires('editor')
  @ApiSourceKey
  @ApiOperation({
    operationId: 'putSource',
    summary: 'Create or replace the settings of a source',
    description: 'They apply from its next import on.',
  })
  @ApiResponse({ status: 200, description: 'Replaced.', type: SourceDto })
  @ApiResponse({ status: 201, description: 'Created.', type: SourceDto })
  @ApiProblems(...WRITE_PROBLEMS.filter((code) => code !== 'invalid_header'))
  async put(@Param('key') key: string, @Body() settings: SourceSettingsDto): Promise<Representation> {
    const isNew = await this.sources.put(key, settings);
    return Representation.of(await this.sources.read(key), isNew ? 201 : 200);
  }

  @Get(':key')
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiSourceKey
  @ApiOperation({ operationId: 'readSource', summary: 'Read a source' })
  @ApiResponse({ status: 200, description: 'The source.', type: SourceDto })
  @ApiProblems('invalid_parameter', 'not_found')
  async read(@Param('key') key: string): Promise<Representation> {
    return Representation.of(await this.sources.read(key));
  }

  @Delete(':key')
  @HttpCode(204)
  @Requires('editor')
  @ApiSourceKey
  @ApiOperation({
    operationId: 'deleteSource',
    summary: 'Delete a source',
    description: 'Its documents stay, and belong to no source any more.',
  })
  @ApiResponse({ status: 204, description: 'The source is deleted.' })
  @ApiProblems('invalid_parameter', 'not_found', 'import_in_progress')
  async remove(@Param('key') key: string): Promise<Representation> {
    await this.sources.remove(key);
    return Representation.empty();
  }
}
