import { AnyObject, Choice, Sections } from '../validation/properties';
import { Property } from '../validation/schema';

const STATES = ['up', 'degraded', 'down'] as const;

/** The state of one component. */
export class HealthReadingDto {
  @Property({ type: 'string' }, { required: true, example: 'database' }) name!: string;

  @Choice(STATES, {
    required: true,
    example: 'up',
    description: 'degraded: the service works, but slower or with stale data.',
  })
  state!: string;

  @Property({ type: 'string' }, { description: 'Why the component is not up.', example: 'No response.' })
  message?: string;

  @Property(
    { type: 'number', minimum: 0 },
    { description: 'Duration of the check in milliseconds. Requires the role viewer.', example: 1.2 },
  )
  latency_ms?: number;

  @AnyObject({ maxBytes: 32_768, description: 'Requires the role viewer.', example: { open_connections: 4 } })
  details?: Record<string, unknown>;
}

/** The state of an instance: the worst of its components. */
export class HealthReportDto {
  @Choice(STATES, { required: true, example: 'up' }) status!: string;

  @Property({ type: 'string' }, { description: 'Requires the role viewer.', example: '1.0.0' })
  version?: string;

  @Property({ type: 'number', minimum: 0 }, { description: 'Requires the role viewer.', example: 86400 })
  uptime_seconds?: number;

  @Sections(() => HealthReadingDto, { max: 100, required: true }) indicators!: HealthReadingDto[];
}

/** The response of the liveness probe. */
export class LivenessDto {
  @Choice(['ok'], { required: true, example: 'ok' }) status!: string;
}

/** The response of the readiness probe. */
export class ReadinessDto {
  @Choice(['ok'], { required: true, example: 'ok' }) status!: string;

  @AnyObject({ maxBytes: 32_768, description: 'The dependencies by name.', example: { database: { status: 'up' } } })
  info?: Record<string, unknown>;

  @AnyObject({ maxBytes: 32_768, description: 'The dependencies that are down; empty.' })
  error?: Record<string, unknown>;

  @AnyObject({ maxBytes: 32_768, description: 'All dependencies by name.', example: { database: { status: 'up' } } })
  details?: Record<string, unknown>;
}
