import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Bulk } from './bulk/bulk';
import { DocumentWriter } from './write/document-writer';
import { ReferenceMover } from './write/reference-mover';
import { References } from './references/references';
import { Revisions } from './revisions/revisions';

/** The services that all document stores share. */
@Injectable()
export class DocumentEngine {
  constructor(
    readonly database: Database,
    readonly writer: DocumentWriter,
    readonly references: References,
    readonly mover: ReferenceMover,
    readonly revisions: Revisions,
    readonly bulk: Bulk,
  ) {}
}
