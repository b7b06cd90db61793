import { AnyObject, Choice, Sections } from '../validation/properties';
import { Property } from '../validation/schema';

const STATES = ['up', 'degraded', 'down'] as const;

/** How one thing is that the service needs or uses. */
export class HealthReadingDto {
  @Property({ type: 'string' }, { required: true, example: 'database' }) name!: string;

  @Choice(STATES, {
    required: true,
    example: 'up',
    description: 'Degraded: the service goes on, but slower or from what it remembers.',
  })
  state!: string;

  @Property({ type: 'string' }, { description: 'Why it is not up.', example: 'It does not answer.' })
  message?: string;

  @Property({ type: 'number', minimum: 0 }, { description: 'How long it took to find out. For viewers.', example: 1.2 })
  latency_ms?: number;

  @AnyObject({ maxBytes: 32_768, description: 'For viewers.', example: { open_connections: 4 } })
  details?: Record<string, unknown>;
}

/** The worst of its parts. */
export class HealthReportDto {
  @Choice(STATES, { required: true, example: 'up' }) status!: string;

  @Property({ type: 'string' }, { description: 'For viewers.', example: '1.0.0' })
  version?: string;

  @Property({ type: 'number', minimum: 0 }, { description: 'For viewers.', example: 86400 })
  uptime_seconds?: number;

  @Sections(() => HealthReadingDto, { max: 100, required: true }) indicators!: HealthReadingDto[];
}
