import { Moment, Texts, Whole } from '../../validation/properties';

/** What the service adds to every document; read only, so `required` speaks of answers alone. */
export abstract class DocumentDto {
  @Whole({
    minimum: 1,
    required: true,
    readOnly: true,
    description: 'Rises by one with each write; the ETag is made of it.',
    example: 3,
  })
  version?: number;

  @Moment({ required: true, readOnly: true, example: '2026-11-02T09:30:00.000Z' })
  created_at?: string;

  @Moment({ required: true, readOnly: true, example: '2026-11-14T16:05:12.481Z' })
  updated_at?: string;

  @Moment({ readOnly: true, description: 'Only deleted documents have it.' })
  deleted_at?: string;

  @Texts({
    max: 1000,
    length: 200,
    readOnly: true,
    description: 'References to keys that no live document has, left by a lenient import.',
  })
  unresolved_refs?: string[];
}
