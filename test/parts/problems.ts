import { Controller, Get, Module, Param } from '@nestjs/common';
import { Problem } from '../../src/problems/problem';
import { ProblemsModule } from '../../src/problems/problems.module';
import { start } from './start';

@Controller()
class ThingsController {
  @Get('things/:id')
  find(@Param('id') id: string): never {
    throw new Problem('not_found', { detail: `There is no thing ${id}.` });
  }

  @Get('broken')
  fail(): never {
    throw new Error('secret');
  }
}

@Module({ imports: [ProblemsModule], controllers: [ThingsController] })
class HostModule {}

void start(HostModule);
