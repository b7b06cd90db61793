import { type ArgumentMetadata, Injectable, type PipeTransform } from '@nestjs/common';
import { Problem } from '../problems/problem';
import { propertiesOf, type SchemaClass } from '../validation/schema';
import { validate } from '../validation/validate';

/**
 * Validates each `@Body()` whose type is a class with a schema. Every `@Body()` is required.
 *
 * @throws Problem 400 `malformed_json` for a missing body, 422 with a pointer for each violation
 */
@Injectable()
export class SchemaPipe implements PipeTransform {
  transform(input: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type !== 'body') return input;
    if (input === undefined) throw new Problem('malformed_json', { detail: 'The request has no body.' });
    if (!metatype || propertiesOf(metatype as SchemaClass).size === 0) return input;
    const { value, violations } = validate(metatype as SchemaClass, input);
    if (violations.length > 0) throw Problem.invalid(violations);
    return value;
  }
}
