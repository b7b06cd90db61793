import { Injectable } from '@nestjs/common';
import { LessThan, MoreThan } from 'typeorm';
import { Database } from '../../database/database';
import type { Author } from '../../identity/author';
import { Cursors } from '../../pagination/cursor';
import type { Envelope } from '../../pagination/envelope';
import { newestFirst } from '../../pagination/newest-first';
import { AuditEntry } from './audit-entry.entity';
import type { AuditQuery } from './audit-query';

/** A security event: its author, what happened, and to what. */
type AuditEvent = Author & Pick<AuditEntry, 'action' | 'subject'> & Partial<Pick<AuditEntry, 'details'>>;

/** Writes and reads the audit log. */
@Injectable()
export class AuditLog {
  constructor(
    private readonly database: Database,
    private readonly cursors: Cursors,
  ) {}

  /** Records an event within the open transaction, if there is one: a rollback removes the entry too. */
  async record({ actor, action, subject, requestId, address, details = {} }: AuditEvent): Promise<void> {
    await this.database.withRepository(AuditEntry, (entries) =>
      entries.insert({ actor, action, subject, request_id: requestId, address, details }),
    );
  }

  /**
   * Lists the entries that match, newest first, by cursor.
   *
   * @throws Problem 400 `invalid_cursor`, `cursor_mismatch`
   */
  list(query: AuditQuery, path: string): Promise<Envelope> {
    const { paging, filters, canonical } = query;
    const scope = `audit ${JSON.stringify(filters)}`;
    const url = `${path}?${canonical}`;
    return newestFirst(this.cursors, scope, paging, url, async ({ from, comparison, order, limit }) => {
      const beyond = comparison === '<' ? LessThan : MoreThan;
      const where = { ...Object.fromEntries(filters), ...(from !== null && { id: beyond(from) }) };
      const entries = await this.database.withRepository(AuditEntry, (repository) =>
        repository.find({ where, order: { id: order }, take: limit }),
      );
      return entries.map((entry) => ({ json: JSON.stringify(entry), number: entry.id }));
    });
  }
}
