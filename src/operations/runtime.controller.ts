import { Controller, Get, Header, VERSION_NEUTRAL } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Requires } from '../auth/roles/requires.decorator';
import { ApiProblems } from '../problems/problem-documentation';
import { RuntimeSummary } from './runtime-summary';
import { RuntimeSummaryDto } from './runtime-summary.dto';

/** The most important instruments as JSON. */
@ApiTags('operations')
@Controller({ path: 'api/metrics', version: VERSION_NEUTRAL })
export class RuntimeController {
  constructor(private readonly summary: RuntimeSummary) {}

  @Get()
  @Requires('viewer')
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'What this instance does: requests, latencies, errors, cache, memory' })
  @ApiResponse({ status: 200, description: 'Since the process began.', type: RuntimeSummaryDto })
  @ApiProblems('invalid_parameter')
  read(): RuntimeSummaryDto {
    return this.summary.read();
  }
}
