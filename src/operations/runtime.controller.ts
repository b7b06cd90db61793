import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/roles/requires.decorator';
import { ApiProblems } from '../problems/problem-documentation';
import { RuntimeSummary } from './runtime-summary';
import { RuntimeSummaryDto } from './runtime-summary.dto';

/** The main metrics of this instance as JSON. */
@ApiTags('operations')
@Controller({ path: 'api/metrics', version: VERSION_NEUTRAL })
export class RuntimeController {
  constructor(private readonly summary: RuntimeSummary) {}

  @Get()
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Get requests, latencies, errors, cache and memory of this instance' })
  @ApiResponse({ status: 200, description: 'Values since the start of the process.', type: RuntimeSummaryDto })
  @ApiProblems('invalid_parameter')
  read(): RuntimeSummaryDto {
    return this.summary.read();
  }
}
