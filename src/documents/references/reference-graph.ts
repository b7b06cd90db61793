import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import { quote, type Violation } from '../../validation/violation';
import type { DocumentDefinition, Reference } from '../definition/document-definition';
import { keysIn, refersToKey } from './reference-keys';

/** Maximum number of keys of a cycle in a response. */
const MAX_PATH_LENGTH = 20;

/** Checks that references among the documents of one resource form no cycle and no tree that is too deep. */
@Injectable()
export class ReferenceGraph {
  constructor(private readonly database: Database) {}

  /** Finds cycles and too deep trees that writing a document would create. `lockReferences` must hold the graph. */
  async findCycles(
    definition: DocumentDefinition,
    document: Record<string, unknown>,
    ownKey: string,
  ): Promise<Violation[]> {
    const violations: Violation[] = [];
    for (const reference of definition.references ?? []) {
      const targets = keysIn(reference, document).filter(({ key }) => key !== ownKey);
      if (reference.acyclic) violations.push(...(await this.follow(definition.resource, reference, ownKey, targets)));
    }
    return violations;
  }

  /**
   * Finds the documents of a bulk write to which another of its documents or a stored one refers by an acyclic
   * reference. Only these can be part of a cycle.
   *
   * @returns their keys in lower case, and other keys
   */
  async findReferenced(
    { resource, references = [] }: DocumentDefinition,
    documents: readonly { key: string; document: Record<string, unknown> }[],
  ): Promise<Set<string>> {
    const referenced = new Set<string>();
    for (const reference of references.filter(({ acyclic, maxDepth }) => acyclic && maxDepth === undefined)) {
      const referring = documents.filter(({ document }) => keysIn(reference, document).length > 0);
      if (referring.length === 0) continue;
      const rows = await this.database.query<{ key: string }>(
        `SELECT key FROM unnest($1::text[]) AS given (key) WHERE EXISTS (
           SELECT FROM ${resource} AS document WHERE ${refersToKey(reference, 'given.key')} AND deleted_at IS NULL)`,
        [referring.map(({ key }) => key)],
      );
      const targets = referring.flatMap(({ document }) => keysIn(reference, document));
      for (const { key } of [...rows, ...targets]) referenced.add(key.toLowerCase());
    }
    return referenced;
  }

  /** Whether one document reaches another by following the reference. */
  async leadsTo({ resource }: DocumentDefinition, { member }: Reference, from: string, to: string): Promise<boolean> {
    return from === to || pathBetween(await this.reachable(resource, member, [from]), from, to) !== undefined;
  }

  private async follow(
    table: string,
    reference: Reference,
    ownKey: string,
    targets: { key: string; pointer: string }[],
  ): Promise<Violation[]> {
    const { member, maxDepth } = reference;
    // A cycle needs a document that refers to this one; most documents have none and need no traversal.
    if (maxDepth === undefined && (targets.length === 0 || !(await this.isReferenced(table, reference, ownKey))))
      return [];
    const edges = await this.reachable(
      table,
      member,
      targets.map(({ key }) => key),
    );
    for (const { key, pointer } of targets) {
      const path = pathBetween(edges, key, ownKey);
      if (!path) continue;
      const whole = [ownKey, ...path];
      const detail = `${member} would close a cycle: ${quote(whole.join(' → '))}.`;
      return [{ pointer, code: 'cycle', detail, path: whole.slice(0, MAX_PATH_LENGTH) }];
    }
    if (maxDepth === undefined) return [];
    // In a tree every reachable document is an ancestor.
    const depth = edges.size + 1 + (await this.depthBelow(table, member, ownKey));
    if (depth <= maxDepth) return [];
    const detail = `The tree must not be deeper than ${maxDepth} levels.`;
    return [{ pointer: `/${member}`, code: 'tree_too_deep', detail }];
  }

  private async isReferenced(table: string, reference: Reference, key: string): Promise<boolean> {
    const [row] = await this.database.query(
      `SELECT FROM ${table} AS document WHERE ${refersToKey(reference, '$1')} AND deleted_at IS NULL LIMIT 1`,
      [key],
    );
    return row !== undefined;
  }

  /** Every live document reachable from the keys, with the keys that it refers to. */
  private async reachable(table: string, member: string, keys: string[]): Promise<Map<string, string[]>> {
    const targets = `CASE jsonb_typeof(data -> '${member}') WHEN 'array' THEN data -> '${member}'
      WHEN 'string' THEN jsonb_build_array(data -> '${member}') ELSE '[]' END`;
    const rows = await this.database.query<{ key: string; targets: string[] }>(
      `WITH RECURSIVE reached(key) AS (
         SELECT unnest($1::text[])
         UNION
         SELECT jsonb_array_elements_text(${targets}) FROM reached JOIN ${table} AS document
           ON lower(document.key) = lower(reached.key) AND document.key = reached.key AND deleted_at IS NULL
       )
       SELECT document.key, ${targets} AS targets FROM reached CROSS JOIN LATERAL (
         -- LIMIT enforces an index lookup: the planner estimates a thousand rows for reached and would scan the table.
         SELECT key, data FROM ${table} AS document
         WHERE lower(document.key) = lower(reached.key) AND document.key = reached.key AND deleted_at IS NULL LIMIT 1
       ) AS document`,
      [keys],
    );
    return new Map(rows.map(({ key, targets }) => [key, targets]));
  }

  /** The number of levels below a document of a tree. */
  private async depthBelow(table: string, member: string, key: string): Promise<number> {
    const [row] = await this.database.query<{ depth: number }>(
      `WITH RECURSIVE below(key, depth) AS (
         SELECT $1::text COLLATE "C", 0
         UNION ALL
         SELECT document.key, below.depth + 1 FROM ${table} AS document
         JOIN below ON coalesce(data ->> '${member}', '') COLLATE "C" = below.key
         WHERE deleted_at IS NULL AND below.depth < 20
       ) SELECT max(depth)::int AS depth FROM below`,
      [key],
    );
    return row?.depth ?? 0;
  }
}

/** The shortest path between two keys, both included. */
function pathBetween(edges: Map<string, string[]>, from: string, to: string): string[] | undefined {
  const seen = new Set([from]);
  let frontier = [[from]];
  while (frontier.length > 0) {
    const next: string[][] = [];
    for (const path of frontier) {
      for (const target of edges.get(path.at(-1) ?? '') ?? []) {
        if (target === to) return [...path, target];
        if (!seen.has(target)) next.push([...path, target]);
        seen.add(target);
      }
    }
    frontier = next;
  }
  return undefined;
}
