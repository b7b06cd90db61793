import type { Type } from '@nestjs/common';
import { schemaClass, schemaName } from '../openapi/fragments';
import { Flag, Section, Sections, Whole } from '../validation/properties';
import { Property } from '../validation/schema';
import { MAX_LIMIT } from './paging';

const nullableText = { type: ['string', 'null'] };

/** The `pagination` member of a list, in page and in cursor mode. */
export class PaginationDto {
  @Whole({ minimum: 1, required: true, example: 50 })
  limit!: number;

  @Flag({ required: true, example: true })
  hasNext!: boolean;

  @Flag({ required: true, example: false })
  hasPrev!: boolean;

  @Property(nullableText, {
    required: true,
    description: 'Continues after this page; also in page mode. Null on the last page.',
    example: 'FuAP4xLLIE0uQbKWWyJuZXh0Il0',
  })
  nextCursor!: string | null;

  @Property(nullableText, { description: 'Cursor mode only: the page before this one.' })
  prevCursor?: string | null;

  @Whole({ minimum: 1, description: 'Page mode only.', example: 1 })
  page?: number;

  @Whole({ minimum: 0, description: 'Page mode only.', example: 11 })
  pages?: number;

  @Whole({ minimum: 0, description: 'In page mode, and in cursor mode with `count=exact`.', example: 503 })
  total?: number;
}

const pages = new Map<Type, Type>();

/** The class of a page: `MetricPage` for `MetricDto`. */
export function pageOf(dto: Type): Type {
  const page =
    pages.get(dto) ??
    schemaClass(`${schemaName(dto)}PageDto`, {
      data: Sections(() => dto, { max: MAX_LIMIT, required: true }),
      pagination: Section(() => PaginationDto, { required: true }),
    });
  pages.set(dto, page);
  return page;
}
