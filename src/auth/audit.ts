import { Injectable } from '@nestjs/common';
import { Database } from '../database/database';
import type { Caller } from '../http/author';
import { Cursors } from '../pagination/cursor';
import { envelope, type Envelope } from '../pagination/envelope';
import type { AuditAction } from './audit-entry.entity';
import { type AuditQuery, canonicalQuery } from './audit-query';

/** What is recorded of an event: who did what to whom, in which request, from where. */
export interface AuditEvent extends Caller {
  action: AuditAction;
  /** `key:` and the id of an API key, or whatever else actors are known by. */
  subject: string;
  /** Names and roles, of a change before and after; never a secret. */
  details?: Record<string, unknown>;
}

const SHOWN = `json_build_object('id', id::text, 'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
  'actor', actor, 'action', action, 'subject', subject, 'request_id', request_id, 'address', address, 'details', details)`;

/** Writes and reads the audit log of access. */
@Injectable()
export class Audit {
  constructor(
    private readonly database: Database,
    private readonly cursors: Cursors,
  ) {}

  /** Records an event, within the open transaction if there is one: what is rolled back leaves no entry. */
  async record({ actor, action, subject, requestId, address, details = {} }: AuditEvent): Promise<void> {
    await this.database.query(
      'INSERT INTO audit_log (actor, action, subject, request_id, address, details) VALUES ($1, $2, $3, $4, $5, $6)',
      [actor, action, subject, requestId, address, JSON.stringify(details)],
    );
  }

  /**
   * The entries that match, newest first, by cursor.
   *
   * @throws Problem 400 `invalid_cursor`, `cursor_mismatch`
   */
  async list(query: AuditQuery, path: string): Promise<Envelope> {
    const { paging, filters } = query;
    const question = `audit ${JSON.stringify(filters)}`;
    const token = paging.mode === 'cursor' ? paging.token : '';
    const position = token === '' ? undefined : this.cursors.decode(token, question);
    const backwards = position?.direction === 'prev';
    const conditions = filters.map(([column], at) => `AND ${column} = $${at + 3} `);
    const rows = await this.database.query<{ json: string; id: string }>(
      `SELECT ${SHOWN}::text AS json, id FROM audit_log
       WHERE ($1::bigint IS NULL OR id ${backwards ? '>' : '<'} $1) ${conditions.join('')}
       ORDER BY id ${backwards ? 'ASC' : 'DESC'} LIMIT $2`,
      [position?.values[0] ?? null, paging.limit + 1, ...filters.map(([, value]) => value)],
    );
    const more = rows.length > paging.limit;
    const shown = rows.slice(0, paging.limit);
    if (backwards) shown.reverse();
    const tokenOf = (direction: 'next' | 'prev', row: { id: string } | undefined) =>
      row ? this.cursors.encode({ direction, values: [row.id] }, question) : null;
    return envelope(
      {
        rows: shown.map(({ json }) => json),
        total: undefined,
        hasNext: backwards || more,
        hasPrev: backwards ? more : position !== undefined,
        nextCursor: tokenOf('next', shown.at(-1)),
        prevCursor: tokenOf('prev', shown[0]),
      },
      paging,
      `${path}?${canonicalQuery(query)}`,
    );
  }
}
