import { Client } from 'pg';

/** A node of `EXPLAIN (FORMAT JSON)`, as far as the tests look at it (PostgreSQL manual, 14.1). */
export interface PlanNode {
  'Node Type': string;
  'Parent Relationship'?: string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Filter?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: PlanNode[];
}

/** The one row of `EXPLAIN (FORMAT JSON)`. */
export interface ExplainRow {
  'QUERY PLAN': [{ Plan: PlanNode }];
}

export interface Explained {
  sql: string;
  parameters: readonly unknown[];
}

/** Asks PostgreSQL how it would answer, the statements of the service. */
export class Planner {
  private constructor(private readonly client: Client) {}

  static async connect(url: string): Promise<Planner> {
    const client = new Client({ connectionString: url });
    await client.connect();
    return new Planner(client);
  }

  end(): Promise<void> {
    return this.client.end();
  }

  async query<Row extends object>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return (await this.client.query<Row>(sql, [...parameters])).rows;
  }

  /**
   * The plan with some of the planner's ways switched off (`enable_…`), without running the statement.
   *
   * @param only the indexes that the planner may know of, beside primary keys; all of them without it
   */
  async plan({ sql, parameters }: Explained, without: readonly string[], only?: readonly string[]): Promise<PlanNode> {
    await this.client.query('BEGIN');
    try {
      for (const way of without) await this.client.query(`SET LOCAL enable_${way} = off`);
      // Hidden, not dropped: an index that is not valid is not used.
      if (only)
        await this.client.query(
          `UPDATE pg_index SET indisvalid = false FROM pg_class WHERE pg_class.oid = indexrelid
           AND relnamespace = 'public'::regnamespace AND NOT indisprimary AND relname <> ALL($1)`,
          [only],
        );
      return await this.explain(sql, parameters);
    } finally {
      await this.client.query('ROLLBACK');
    }
  }

  private async explain(sql: string, parameters: readonly unknown[]): Promise<PlanNode> {
    const rows = await this.query<ExplainRow>(`EXPLAIN (FORMAT JSON) ${sql}`, parameters);
    if (!rows[0]) throw new Error('EXPLAIN always gives one row.');
    return rows[0]['QUERY PLAN'][0].Plan;
  }
}

/** A node with everything below it. */
export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The part of a list's plan that finds its rows: what lies under the limit. Above it, rows only become text. */
export function underLimit(plan: PlanNode): PlanNode[] {
  const limit = nodesOf(plan).find((node) => node['Node Type'] === 'Limit');
  if (!limit) throw new Error('The plan has no limit.');
  return nodesOf(limit);
}

const seen = (node: PlanNode, ...counts: (keyof PlanNode)[]) =>
  node['Relation Name'] === undefined
    ? 0
    : counts.reduce((sum, count) => sum + Number(node[count] ?? 0), 0) * (node['Actual Loops'] ?? 1);

const total = (nodes: PlanNode[], ...counts: (keyof PlanNode)[]) =>
  Math.round(nodes.reduce((sum, node) => sum + seen(node, ...counts), 0));

/** Rows that were taken from tables. */
export const rowsFound = (nodes: PlanNode[]) => total(nodes, 'Actual Rows');

/** Rows that were looked at, those that a condition then refused included. */
export const rowsRead = (nodes: PlanNode[]) =>
  total(nodes, 'Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Index Recheck');

/** A plan in one line, for messages. */
export const planText = (nodes: PlanNode[]): string =>
  nodes
    .map((node) =>
      [
        node['Node Type'],
        node['Index Name'] ?? node['Relation Name'],
        node['Index Cond'],
        node.Filter && `filter ${node.Filter}`,
      ]
        .filter((part) => part !== undefined)
        .join(' '),
    )
    .join(' > ');
