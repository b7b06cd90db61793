import { setTimeout as sleep } from 'node:timers/promises';
import { applyDecorators, Controller, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Throttle } from '@nestjs/throttler';
import { Requires } from '../../auth/roles/requires.decorator';
import { Config } from '../../config/config';
import { IDEMPOTENCY_PROBLEMS, idempotencyKey } from '../../idempotency/idempotency-documentation';
import { type Author, RequestAuthor } from '../../identity/author';
import { header, pascalCase, query } from '../../openapi/fragments';
import { ApiProblems } from '../../problems/problem-documentation';
import { Problem } from '../../problems/problem';
import { Representation } from '../../responses/representation';
import { RequestQuery } from '../../routing/query-parameters';
import { SetRouteOptions } from '../../routing/route-options';
import { KEY_PATTERN } from '../../validation/properties';
import { MAX_ECHO, MAX_ERRORS, type Violation } from '../../validation/violation';
import { IMPORT_PARAMETERS, type ImportQuery, importQuery } from '../import/import-query';
import { type ImportRecord, ImportRecords } from '../import/import-records';
import { Imports } from '../import/imports';
import { ImportDto, ImportListDto, ImportReportDto } from './imports.dto';
import { MAX_FILES, MULTIPART_TYPE, type Upload } from './upload';
import { RequestUpload, UPLOAD_TYPES } from './upload.plugin';

/** The body in the documentation; JSON, NDJSON and CSV are accepted too. */
const EXAMPLE = 'metric_id: imported-metric\nname: Imported metric\n';
/** How long the request of an import waits for its end. */
const MAX_WAIT_MS = 10_000;

const importQueries = Object.entries(IMPORT_PARAMETERS).map(([name, { values, description }]) => {
  const isFlag = (values as readonly string[]).includes('true');
  const text = values.length > 0 ? { enum: [...values] } : { pattern: KEY_PATTERN };
  const schema = isFlag ? { type: 'boolean' } : { type: 'string', ...text };
  return query(name, schema, description, `Import${pascalCase(name)}Parameter`);
});

/** Imports of catalogue files. */
@ApiTags('exchange')
@ApiExtraModels(ImportDto, ImportReportDto)
@Controller({ path: 'imports', version: '1' })
export class ImportsController {
  private readonly waitMs: number;

  constructor(
    private readonly imports: Imports,
    private readonly records: ImportRecords,
    { HANDLER_TIMEOUT_MS: timeoutMs }: Config,
  ) {
    this.waitMs = timeoutMs > 0 ? Math.min(MAX_WAIT_MS, timeoutMs / 2) : MAX_WAIT_MS;
  }

  @Post()
  @HttpCode(200)
  @Requires('editor')
  @Throttle({ bulk: {} })
  @SetRouteOptions({ upload: true, accepts: UPLOAD_TYPES, query: importQuery })
  @ApiOperation({
    operationId: 'createImport',
    summary: 'Import files',
    description:
      `One file as the body, or up to ${MAX_FILES} in a form, 50 MiB in all. An import that takes longer than ten ` +
      'seconds continues after 202; poll its `Location`. With a `source` it can be repeated: what was changed here stays.',
    requestBody: {
      required: true,
      content: {
        'application/yaml': { schema: { type: 'string' }, examples: { yaml: { value: EXAMPLE } } },
        [MULTIPART_TYPE]: {
          schema: {
            type: 'object',
            properties: { files: { type: 'array', items: { type: 'string', format: 'binary' }, maxItems: MAX_FILES } },
            required: ['files'],
          },
          examples: { form: { value: { files: [EXAMPLE] } } },
        },
      },
    },
  })
  @idempotencyKey
  @applyDecorators(...importQueries)
  @ApiResponse({ status: 200, description: 'All documents were accepted, or it is a dry run.', type: ImportDto })
  @ApiResponse({
    status: 202,
    description: 'The import is running.',
    type: ImportDto,
    headers: { Location: header('string', 'The URL of the document: a path, unless PUBLIC_URL is set.') },
  })
  @ApiResponse({ status: 207, description: 'With `atomic=false`: some documents were refused.', type: ImportDto })
  @ApiProblems(
    'malformed_json',
    'invalid_header',
    'invalid_parameter',
    'payload_too_large',
    'unsupported_media_type',
    ...IDEMPOTENCY_PROBLEMS,
    'import_in_progress',
    'import_refused',
  )
  async create(
    @RequestUpload() upload: Upload,
    @RequestQuery() { options }: ImportQuery,
    @RequestAuthor() author: Author,
  ): Promise<Representation> {
    const { id, ended } = await this.imports.start({ ...upload.lend(), options, author });
    const waiting = new AbortController();
    const wait = sleep(this.waitMs, undefined, { signal: waiting.signal });
    wait.catch(() => undefined);
    const record = await Promise.race([ended, wait]).finally(() => waiting.abort());
    if (record) return present(record);
    const location = `/api/v1/imports/${id}`;
    return new Representation(JSON.stringify(await this.records.read(id)), { location, 'retry-after': '2' }, 202);
  }

  @Get()
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({
    operationId: 'listImports',
    summary: 'List imports',
    description: 'The newest 100, without reports.',
  })
  @ApiResponse({ status: 200, description: 'The imports.', type: ImportListDto })
  @ApiProblems('invalid_parameter')
  async list(): Promise<Representation> {
    return Representation.of({ data: await this.records.list() });
  }

  @Get(':id')
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({
    operationId: 'readImport',
    summary: 'Read an import',
    description: 'Its state, and its report when it has ended. Kept for 30 days, and for the newest 1,000 imports.',
  })
  @ApiResponse({ status: 200, description: 'The import.', type: ImportDto })
  @ApiProblems('invalid_parameter', 'not_found')
  async read(@Param('id') id: string): Promise<Representation> {
    return Representation.of(await this.records.read(id));
  }
}

/** The response to an import that has ended. @throws the error of an import that failed, 422 `import_refused` */
function present({ failure, ...record }: ImportRecord): Representation {
  const { state, report } = record;
  if (state === 'failed' || state === 'interrupted') throw failure;
  if (state !== 'refused' || !report) {
    const isPartial = report && report.totals.refused > 0 && !report.dry_run;
    return Representation.of(record, isPartial ? 207 : 200);
  }
  const errors = report.refused.slice(0, MAX_ERRORS).map(({ file, line, pointer, code, detail }): Violation => ({
    pointer: pointer.slice(0, MAX_ECHO),
    ...(line > 0 && { line }),
    code: code as Violation['code'],
    detail: `${file}: ${detail}`,
  }));
  throw new Problem('import_refused', {
    detail: `${report.totals.refused} documents were refused; nothing was written.`,
    errors,
    members: { id: record.id, state, source: record.source, report },
  });
}
