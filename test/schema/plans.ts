import { Client } from 'pg';

/** A node of `EXPLAIN (FORMAT JSON)` with the members that the tests use (PostgreSQL manual, 14.1). */
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

/** The row that `EXPLAIN (FORMAT JSON)` returns. */
export interface ExplainRow {
  'QUERY PLAN': [{ Plan: PlanNode }];
}

export interface Explained {
  sql: string;
  parameters: readonly unknown[];
}

/** Explains the statements of the service. */
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
   * Plans a statement without running it, with some plan types disabled (`enable_…`).
   *
   * @param only the indexes that the planner can use besides primary keys; all by default
   */
  async plan({ sql, parameters }: Explained, without: readonly string[], only?: readonly string[]): Promise<PlanNode> {
    await this.client.query('BEGIN');
    try {
      for (const type of without) await this.client.query(`SET LOCAL enable_${type} = off`);
      // An invalid index is not used; dropping it would take longer.
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
    if (!rows[0]) throw new Error('EXPLAIN returned no row.');
    return rows[0]['QUERY PLAN'][0].Plan;
  }
}

/** A node and its descendants. */
export function nodesOf(plan: PlanNode): PlanNode[] {
  return [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

/** The nodes of a list plan that find its rows: those under the limit. */
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

/** The number of rows returned by table scans. */
export const rowsFound = (nodes: PlanNode[]) => total(nodes, 'Actual Rows');

/** The number of rows read, including those that a filter removed. */
export const rowsRead = (nodes: PlanNode[]) =>
  total(nodes, 'Actual Rows', 'Rows Removed by Filter', 'Rows Removed by Index Recheck');

/** Formats a plan in one line. */
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
