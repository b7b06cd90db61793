import { Property } from '../validation/schema';
import { Sections } from '../validation/properties';
import { violationCodes } from '../validation/violation';
import { type ProblemCode, problemKinds } from './problem-codes';

/** One violation: where it is, and what is wrong. */
export class ViolationDto {
  @Property({ type: 'string' }, { description: 'A JSON pointer (RFC 6901) into the body.', example: '/name' })
  pointer?: string;

  @Property({ type: 'string' }, { description: 'A query parameter.' })
  parameter?: string;

  @Property({ type: 'string' }, { description: 'A request header.' })
  header?: string;

  @Property({ type: 'integer', minimum: 0 }, { description: 'The index in a bulk request.' })
  item?: number;

  @Property({ type: 'integer', minimum: 1 }, { description: 'The line of an NDJSON body.' })
  line?: number;

  @Property({ type: 'string', enum: Object.keys(violationCodes) }, { required: true, example: 'blank' })
  code!: string;

  @Property({ type: 'string' }, { required: true, example: 'The text must have a visible character.' })
  detail!: string;

  @Property({ type: 'array', items: { type: 'string' } }, { description: 'The members of a cycle.' })
  path?: string[];
}

/** Every error response (RFC 9457). Some codes have further members, such as `counts`. */
export class ProblemDto {
  @Property({ type: 'string' }, { required: true, example: 'urn:mdl:problem:not_found' })
  type!: string;

  @Property({ type: 'string' }, { required: true, example: 'Not found' })
  title!: string;

  @Property({ type: 'integer', minimum: 400, maximum: 599 }, { required: true, example: 404 })
  status!: number;

  @Property(
    { type: 'string', enum: Object.keys(problemKinds) },
    { required: true, description: 'Stable; for programs.', example: 'not_found' },
  )
  code!: ProblemCode;

  @Property({ type: 'string' }, { required: true, description: 'For people; can change.' })
  detail!: string;

  @Property({ type: 'string' }, { required: true, description: 'The path of the request.' })
  instance!: string;

  @Property({ type: 'string' }, { required: true, description: 'Identifies the request in the log.' })
  request_id!: string;

  @Property({ type: 'string' }, { description: 'Identifies the trace; absent where the request is not traced.' })
  trace_id?: string;

  @Sections(() => ViolationDto, { max: 1000, required: true })
  errors!: ViolationDto[];
}
