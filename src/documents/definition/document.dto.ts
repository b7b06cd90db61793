import { Choice, Moment, Texts, Whole } from '../../validation/properties';

/** The members that the service adds to every document. They are read-only. */
export abstract class DocumentDto {
  @Whole({
    minimum: 1,
    readOnly: true,
    description: 'Increases by one with each write. The ETag contains it.',
    example: 3,
  })
  version?: number;

  @Moment({ readOnly: true, example: '2026-11-02T09:30:00.000Z' })
  created_at?: string;

  @Moment({ readOnly: true, example: '2026-11-14T16:05:12.481Z' })
  updated_at?: string;

  @Moment({ readOnly: true, description: 'Set on deleted documents only.' })
  deleted_at?: string;

  @Texts({
    max: 1000,
    length: 200,
    readOnly: true,
    description: 'References to keys without a live document. Only writes with refs=lenient create them.',
  })
  unresolved_refs?: string[];

  @Choice(['similar'], { readOnly: true, description: 'In a search: the document only resembles `q`.' })
  match?: 'similar';
}
