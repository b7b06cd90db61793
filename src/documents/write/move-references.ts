import { Problem } from '../../problems/problem';
import { quote, type ViolationCode } from '../../validation/violation';
import type { DocumentDefinition } from '../definition/document-definition';
import type { DocumentRow } from '../definition/document-rows';
import type { ReferenceGraph } from '../references/reference-graph';
import type { References } from '../references/references';
import { type DocumentWriter, UPDATED, type WriteContext } from './document-writer';

/** The services that find and write the references. */
interface Services {
  readonly references: References;
  readonly graph: ReferenceGraph;
  readonly writer: DocumentWriter;
}

/**
 * Moves every reference to a document that a foreign key mirrors to another document: one statement per resource, one
 * revision per moved document. The row and the reference graphs must be locked.
 *
 * @throws Problem 400 when the target does not exist or is a descendant of the row, 422 when the tree gets too deep
 */
export async function moveReferences(
  { references, graph, writer }: Services,
  definition: DocumentDefinition,
  row: DocumentRow,
  target: string,
  context: WriteContext,
): Promise<void> {
  const found = await references.lockLive(definition, target);
  if (!found) throw refused('unknown_reference', `There is no live ${definition.singular} ${quote(target)}.`);
  const inner = (definition.references ?? []).filter(({ acyclic, column }) => acyclic && column !== undefined);
  for (const reference of inner) {
    if (await graph.leadsTo(definition, reference, found.key, row.key))
      throw refused('cycle', `${quote(found.key)} is a descendant of ${quote(row.key)}.`);
  }
  for (const [referring, ownReferences] of references.referringTo(definition.resource)) {
    for (const { member, column } of ownReferences) {
      if (column === undefined) continue;
      await writer.writeWithRevision(
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
  const tooDeep = await graph.findCycles(definition, found.data, found.key);
  if (tooDeep.length > 0) throw Problem.invalid(tooDeep);
}

const refused = (code: ViolationCode, detail: string) =>
  new Problem('invalid_parameter', { detail, errors: [{ parameter: 'move_to', code, detail }] });
