import { Flag, Whole } from '../validation/properties';
import { Property } from '../validation/schema';

const nullableText = { type: ['string', 'null'] };

/** The `pagination` member of a list in page mode. */
export class PagePaginationDto {
  @Whole({ minimum: 1, required: true, example: 1 })
  page!: number;

  @Whole({ minimum: 1, required: true, example: 50 })
  limit!: number;

  @Whole({ minimum: 0, required: true, example: 503 })
  total!: number;

  @Whole({ minimum: 0, required: true, example: 11 })
  pages!: number;

  @Flag({ required: true, example: true })
  hasNext!: boolean;

  @Flag({ required: true, example: false })
  hasPrev!: boolean;

  @Property(nullableText, { required: true, description: 'Continues in cursor mode after this page.' })
  nextCursor!: string | null;
}

/** The `pagination` member of a list in cursor mode. */
export class CursorPaginationDto {
  @Whole({ minimum: 1, required: true, example: 50 })
  limit!: number;

  @Flag({ required: true, example: true })
  hasNext!: boolean;

  @Flag({ required: true, example: false })
  hasPrev!: boolean;

  @Property(nullableText, { required: true })
  nextCursor!: string | null;

  @Property(nullableText, { required: true })
  prevCursor!: string | null;

  @Whole({ minimum: 0, description: 'Only with `count=exact`.' })
  total?: number;
}
