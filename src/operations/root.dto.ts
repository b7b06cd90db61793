import { Property } from '../validation/schema';

/** The entry point of the service. */
export class RootDto {
  @Property({ type: 'string' }, { required: true, example: 'Metrics Definition Library' }) name!: string;

  @Property({ type: 'string' }, { required: true, example: 'One agreed definition of each business metric.' })
  description!: string;

  @Property(
    { type: 'object', additionalProperties: { type: 'string', format: 'uri-reference' } },
    { required: true, example: { documentation: '/docs', health: '/health', metrics: '/api/v1/metrics' } },
  )
  links!: Record<string, string>;
}
