import { Controller, Get, Module } from '@nestjs/common';
import { HealthIndicators } from '../../src/health/health-indicators';
import { HealthIndicatorsModule } from '../../src/health/health-indicators.module';
import { start } from './start';

@Controller()
class HealthController {
  constructor(private readonly indicators: HealthIndicators) {
    indicators.register({ name: 'disk', check: () => ({ state: 'up', details: { free: 42 } }) });
    indicators.register({ name: 'mail', failing: 'degraded', check: () => Promise.reject(new Error('refused')) });
  }

  @Get('health')
  async read(): Promise<Record<string, unknown>> {
    const readings = this.indicators.all.map(async (indicator) => {
      const { state, details } = await this.indicators.read(indicator);
      return [indicator.name, { state, details }];
    });
    return Object.fromEntries(await Promise.all(readings)) as Record<string, unknown>;
  }
}

@Module({ imports: [HealthIndicatorsModule], controllers: [HealthController] })
class HostModule {}

void start(HostModule);
