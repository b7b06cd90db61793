import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Bulk } from './bulk';
import { DocumentWriter } from './document-writer';
import { ReferenceLocks } from './reference-locks';
import { ReferenceMover } from './reference-mover';
import { References } from './references';
import { Revisions } from './revisions';

/** What every store works with, whatever its resource. */
@Injectable()
export class DocumentEngine {
  constructor(
    readonly database: Database,
    readonly writer: DocumentWriter,
    readonly references: References,
    readonly referenceLocks: ReferenceLocks,
    readonly mover: ReferenceMover,
    readonly revisions: Revisions,
    readonly bulk: Bulk,
  ) {}
}
