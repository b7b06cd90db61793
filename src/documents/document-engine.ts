import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import { Bulk } from './bulk/bulk';
import { DocumentWriter } from './write/document-writer';
import { ReferenceGraph } from './references/reference-graph';
import { References } from './references/references';
import { RowLocks } from './references/row-locks';

/** The services that all document stores share. */
@Injectable()
export class DocumentEngine {
  constructor(
    readonly database: Database,
    readonly writer: DocumentWriter,
    readonly references: References,
    readonly graph: ReferenceGraph,
    readonly rowLocks: RowLocks,
    readonly bulk: Bulk,
  ) {}
}
