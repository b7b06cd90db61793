import type { Type } from '@nestjs/common';
import { ApiQuery, getSchemaPath } from '@nestjs/swagger';

/** A reference to the schema of a DTO class in `components/schemas`. */
export const ref = (dto: Type) => ({ $ref: getSchemaPath(dto) });

/** Documents an optional query parameter. */
export const query = (name: string, schema: Record<string, unknown>, description: string) =>
  ApiQuery({ name, required: false, schema, description });
