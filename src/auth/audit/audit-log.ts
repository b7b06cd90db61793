import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Cursors } from '../../pagination/cursor';
import type { Envelope } from '../../pagination/envelope';
import { newestFirst } from '../../pagination/newest-first';
import type { AuditAction } from './audit-entry.entity';
import type { AuditQuery } from './audit-query';

/** What is recorded of an event: who did what to whom, in which request, from where. */
export interface AuditEvent extends Author {
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
export class AuditLog {
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
    const { paging, filters, canonical } = query;
    const scope = `audit ${JSON.stringify(filters)}`;
    const conditions = filters.map(([column], at) => `AND ${column} = $${at + 3} `);
    const values = filters.map(([, value]) => value);
    const url = `${path}?${canonical}`;
    return newestFirst(this.cursors, scope, paging, url, ({ from, comparison, order, limit }) =>
      this.database.query(
        `SELECT ${SHOWN}::text AS json, id AS number FROM audit_log
         WHERE ($1::bigint IS NULL OR id ${comparison} $1) ${conditions.join('')}
         ORDER BY id ${order} LIMIT $2`,
        [from, limit, ...values],
      ),
    );
  }
}
