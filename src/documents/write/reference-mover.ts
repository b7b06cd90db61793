import { Injectable } from '@nestjs/common';
import { Problem } from '../../problems/problem';
import { quote, type ViolationCode } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import type { DocumentRow } from '../definition/document-rows';
import { DocumentWriter, UPDATED, type WriteContext } from './document-writer';
import { ReferenceGraph } from '../references/reference-graph';
import { References } from '../references/references';

/** Moves the references to one document to another: one statement per resource, one revision per moved document. */
@Injectable()
export class ReferenceMover {
  constructor(
    private readonly references: References,
    private readonly graph: ReferenceGraph,
    private readonly writer: DocumentWriter,
  ) {}

  /**
   * Moves every reference that a foreign key mirrors. The row and the reference graphs must be locked.
   *
   * @throws Problem 400 when the target does not exist or is a descendant of the row, 422 when the tree gets too deep
   */
  async move(definition: DocumentDefinition, row: DocumentRow, target: string, context: WriteContext): Promise<void> {
    const found = await this.references.lockLive(definition, target);
    if (!found) throw refused('unknown_reference', `There is no live ${definition.singular} ${quote(target)}.`);
    const inner = (definition.references ?? []).filter(({ acyclic, column }) => acyclic && column !== undefined);
    for (const reference of inner) {
      if (await this.graph.leadsTo(definition, reference, found.key, row.key))
        throw refused('cycle', `${quote(found.key)} is a descendant of ${quote(row.key)}.`);
    }
    for (const [referring, references] of this.references.referringTo(definition.resource)) {
      for (const { member, column } of references) {
        if (column === undefined) continue;
        await this.writer.writeWithRevision(
          referring,
          `UPDATE ${referring.resource} SET version = version + 1, ${UPDATED}, ${column} = $2,
             data = jsonb_set(data, '{${member}}', to_jsonb($3::text))
           WHERE ${column} = $1 AND deleted_at IS NULL`,
          [row.id, found.id, found.key],
          { ...context, changed: [member] },
        );
      }
    }
    if (inner.length === 0) return;
    const tooDeep = await this.graph.findCycles(definition, found.data, found.key);
    if (tooDeep.length > 0) throw Problem.invalid(tooDeep);
  }
}

const refused = (code: ViolationCode, detail: string) =>
  new Problem('invalid_parameter', { detail, errors: [{ parameter: 'move_to', code, detail }] });
