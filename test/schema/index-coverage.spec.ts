import type { DocumentDefinition } from '../../src/documents/definition/document-definition';
import type { DocumentField } from '../../src/documents/definition/document-fields';
import { DocumentStores } from '../../src/documents/document-stores';
import { indexesOf, liveIndex } from '../../src/documents/definition/indexed-fields';
import { listQuery } from '../../src/documents/query/list-query';
import { exportStatement, listStatement } from '../../src/documents/read/list-statement';
import { ReferenceGraph } from '../../src/documents/references/reference-graph';
import { References } from '../../src/documents/references/references';
import { RowLocks } from '../../src/documents/references/row-locks';
import { Database } from '../../src/database/database';
import { DomainsService } from '../../src/domains/domains.service';
import type { TestApp } from '../support/app';
import { startWithTerms } from '../resources/with-terms';
import { type Explained, nodesOf, Planner, type PlanNode, planText, underLimit } from './plans';
import { cursorValue, samplesOf } from './samples';

/** A flag that only modifies another filter has a constant condition. */
const isModifier = ({ sql }: DocumentField) => sql === 'true';
/** The select list, which is irrelevant here. */
const ROW = 'document.key';
const ROWS = 2000;
const DELETED = '(deleted_at IS NULL)';
/** Plan nodes that lose the order or sort. */
const UNORDERED_NODES = ['seqscan', 'bitmapscan', 'sort', 'incremental_sort'];

/** Plan nodes that could read a complete table, along its primary key. Bitmaps of indexes remain. */
const SCANS = ['seqscan', 'indexscan', 'indexonlyscan'];

interface Named {
  definition: DocumentDefinition;
  name: string;
  field: DocumentField;
}

/** The indexes of a field. The default order, newest first, also has an index of live documents. */
const indexesFor = ({ definition: { resource }, name, field }: Named) => [
  ...indexesOf(resource, name, field),
  ...(name === 'updated_at' ? [liveIndex(resource)] : []),
];

/** Nodes and their descendants, without what is evaluated once before. */
const rowNodes = (plans: PlanNode[]): PlanNode[] =>
  plans
    .filter((plan) => plan['Parent Relationship'] !== 'InitPlan')
    .flatMap((plan) => [plan, ...rowNodes(plan.Plans ?? [])]);

/**
 * Inserts generic rows without the checks of the table, so that the planner has data. Without statistics it assumes
 * that each value is rare.
 */
async function fillTable(planner: Planner, resource: string): Promise<void> {
  const checks = await planner.query<{ name: string }>(
    `SELECT conname AS name FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'`,
    [resource],
  );
  await planner.query(
    `ALTER TABLE ${resource}
     ${checks.map(({ name }) => `DROP CONSTRAINT ${name}, `).join('')} SET (autovacuum_enabled = off)`,
  );
  await planner.query(
    `INSERT INTO ${resource} (key, data)
     SELECT n, jsonb_build_object('name', n::text) FROM generate_series(1, ${ROWS}) AS n`,
  );
}

describe('indexes', () => {
  let app: TestApp;
  let planner: Planner;
  let definitions: DocumentDefinition[];
  /** Every index that a statement of the service uses. */
  const needed = new Set<string>();

  beforeAll(async () => {
    app = await startWithTerms();
    planner = await Planner.connect(app.database.url);
    definitions = app.app.get(DocumentStores).all.map(({ definition }) => definition);
    for (const { resource } of definitions) await fillTable(planner, resource);
  });
  afterAll(async () => {
    await planner.end();
    await app.stop();
  });

  /** Explains a statement with only the indexes of one field. @returns what is wrong with the plan */
  async function faults(field: Named, label: string, statement: Explained, isOrdered: boolean): Promise<string[]> {
    const { resource } = field.definition;
    const indexes = indexesFor(field);
    const { namedBy } = field.field;
    // A search looks up names of another resource once, before it reads rows.
    const usable = [...indexes, ...(namedBy === undefined ? [] : indexesOf(namedBy, field.name, field.field))];
    const without = isOrdered ? UNORDERED_NODES : field.field.match === 'text' ? SCANS : ['seqscan'];
    const plan = await planner.plan(statement, without, usable);
    const nodes = isOrdered ? underLimit(plan) : nodesOf(plan);
    const own = nodes.flatMap((node) => node['Index Name'] ?? []).filter((index) => indexes.includes(index));
    for (const index of own) needed.add(index);
    // The only filter allowed on the rows found is whether they are deleted.
    const unfit = [
      ...nodes.filter(({ 'Node Type': type }) => type === 'Seq Scan'),
      ...rowNodes(isOrdered ? nodes : [plan]).filter(
        ({ 'Node Type': type, Filter = DELETED }) => type.endsWith('Sort') || Filter !== DELETED,
      ),
    ];
    return own.length > 0 && unfit.length === 0
      ? []
      : [`${resource}.${field.name}, ${label}: no index of ${indexes.join(', ')} supports it: ${planText(nodes)}`];
  }

  const fields = (): Named[] =>
    definitions.flatMap((definition) =>
      Object.entries(definition.fields).map(([name, field]: [string, DocumentField]) => ({ definition, name, field })),
    );

  it('support each filter', async () => {
    const found: string[] = [];
    for (const { definition, name, field } of fields()) {
      if (isModifier(field)) continue;
      for (const { parameter, values } of samplesOf(name, field)) {
        for (const some of values.length > 1 ? [values.slice(0, 1), values] : [values]) {
          const filters = [{ parameter, values: some }];
          const { sql, parameters } = exportStatement(definition, { filters, includeDeleted: false }, ROW);
          const unordered = { sql: sql.replace(/ ORDER BY .*$/, ''), parameters };
          found.push(...(await faults({ definition, name, field }, `${parameter}=${some.join()}`, unordered, false)));
        }
      }
    }
    expect(found).toEqual([]);
  });

  it('support each sort order from any cursor position', async () => {
    const found: string[] = [];
    for (const { definition, name, field } of fields()) {
      if (!field.sortable) continue;
      for (const sort of [name, `-${name}`]) {
        for (const direction of [undefined, 'next', 'prev'] as const) {
          for (const include_deleted of ['false', 'true']) {
            const query = listQuery(definition).parse({ sort, cursor: '', include_deleted });
            const position = direction && { direction, values: [cursorValue(field), '1'] };
            const { page: statement } = listStatement(definition, query, ROW, position);
            const label = `sort=${sort} ${direction ?? 'start'}`;
            found.push(...(await faults({ definition, name, field }, label, statement, true)));
          }
        }
      }
    }
    expect(found).toEqual([]);
  });

  it('return the rows of one value in the default order', async () => {
    const found: string[] = [];
    for (const { definition, name, field } of fields()) {
      for (const { parameter, values } of samplesOf(name, field)) {
        if (field.match !== 'equals' && parameter !== 'missing') continue;
        const { page: statement } = listStatement(
          definition,
          listQuery(definition).parse({ [parameter]: values[0] }),
          ROW,
        );
        found.push(
          ...(await faults({ definition, name, field }, `${parameter} in the default order`, statement, true)),
        );
      }
    }
    expect(found).toEqual([]);
  });

  it('return the default list without reading deleted rows', async () => {
    const found: string[] = [];
    for (const definition of definitions) {
      const live = liveIndex(definition.resource);
      const nodes = underLimit(
        await planner.plan(listStatement(definition, listQuery(definition).parse({}), ROW).page, UNORDERED_NODES, [
          live,
        ]),
      );
      if (!nodes.some((node) => node['Index Name'] === live && node.Filter === undefined))
        found.push(`${definition.resource}: ${live} does not support the default list: ${planText(nodes)}`);
    }
    expect(found).toEqual([]);
  });

  it('support every query of references', async () => {
    const { statements, record } = recordStatements();
    const references = app.app.get(References);
    const graph = app.app.get(ReferenceGraph);
    const rowLocks = app.app.get(RowLocks);
    for (const definition of definitions) {
      await rowLocks.lockForWrites(definition, ['a', 'b'], true);
      await rowLocks.lockForDeletion(definition, 'a', false);
      await references.spell(definition.resource, ['a', 'b']);
      await references.release(definition.resource, 'a');
      await references.resolvePending(definition.resource, [{ key: 'a', id: '1' }]);
      await references.lockLive(definition, 'a');
      for (const reference of definition.references ?? []) {
        if (!reference.keysOf)
          await references.resolve(definition, { [reference.member]: ['a', 'b'] }, 'c', {
            lenient: true,
            unresolved: [],
          });
        if (!reference.acyclic) continue;
        await graph.findCycles(definition, { [reference.member]: ['a'] }, 'c');
        await graph.leadsTo(definition, reference, 'a', 'c');
      }
    }
    await app.app.get(DomainsService).subtree(['a']);
    record.mockRestore();

    // An index of all live rows could serve any of these by a full scan.
    const specific = (await readIndexes()).filter(({ isOfLiveRows }) => !isOfLiveRows).map(({ name }) => name);
    expect(await unindexed(statements, specific)).toEqual([]);
  });

  it('support every query by foreign key', async () => {
    const { statements, record } = recordStatements();
    for (const definition of definitions) await app.app.get(RowLocks).lockForDeletion(definition, 'a', true);
    record.mockRestore();
    for (const { resource, references = [] } of definitions) {
      for (const count of Object.values(app.app.get(References).countsOf(resource)))
        statements.push({ sql: `SELECT ${count} FROM ${resource} AS document WHERE id = $1`, parameters: ['1'] });
      // PostgreSQL creates no index for a foreign key; its check and moves query like this.
      for (const { column } of references) {
        if (column !== undefined)
          statements.push({
            sql: `SELECT FROM ${resource} WHERE ${column} = $1 AND deleted_at IS NULL`,
            parameters: ['1'],
          });
      }
    }
    // The index of the default list contains all live rows and could serve any of these by a full scan.
    const lists = definitions.map(({ resource }) => liveIndex(resource));
    const specific = (await readIndexes()).map(({ name }) => name).filter((name) => !lists.includes(name));
    expect(await unindexed(statements, specific)).toEqual([]);
  });

  /** Records the statements of the service, which return no rows, until the mock is restored. */
  function recordStatements() {
    const statements: Explained[] = [];
    const record = jest.spyOn(app.app.get(Database), 'query').mockImplementation((sql, parameters = []) => {
      statements.push({ sql, parameters });
      return Promise.resolve([]);
    });
    return { statements, record };
  }

  /** Returns the statements that scan a complete table or index. */
  async function unindexed(statements: Explained[], only?: string[]): Promise<string[]> {
    expect(statements.length).toBeGreaterThan(0);
    const found: string[] = [];
    for (const statement of statements) {
      const nodes = nodesOf(await planner.plan(statement, SCANS, only));
      for (const { 'Index Name': index } of nodes) if (index !== undefined) needed.add(index);
      if (nodes.some(({ 'Node Type': type }) => type === 'Seq Scan'))
        found.push(`${statement.sql}\n${planText(nodes)}`);
    }
    return found;
  }

  // Last: by now all statements have recorded the indexes that they use.
  it('are all needed', async () => {
    const plain = (await readIndexes()).filter(({ isUnique }) => !isUnique).map(({ name }) => name);
    expect(plain.filter((name) => !needed.has(name))).toEqual([]);
  });

  const readIndexes = () =>
    planner.query<{ name: string; isUnique: boolean; isOfLiveRows: boolean }>(
      `SELECT index.relname AS name, indisunique AS "isUnique",
         coalesce(pg_get_expr(indpred, indrelid) = $2, false) AS "isOfLiveRows"
       FROM pg_index JOIN pg_class AS index ON index.oid = indexrelid JOIN pg_class AS owner ON owner.oid = indrelid
       WHERE owner.relname = ANY($1)`,
      [definitions.map(({ resource }) => resource), DELETED],
    );
});
