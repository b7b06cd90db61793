import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { type Author, commandAuthor } from '../../identity/author';
import { ANONYMOUS } from '../../identity/principal';
import { type CompletedRequest, RequestCompletion } from '../../instrumentation/request-completion';
import { AuditLog } from '../audit/audit-log';
import { principalIdOf } from './users.service';

/** How long attempts are counted before their number is recorded, in milliseconds. */
const INTERVAL_MS = 60_000;
/** Addresses that an entry names. */
const MAX_ADDRESSES = 20;
/** The routes that take a password. */
const PASSWORD_ROUTE = /\/auth\/(login|change-password)$/;

/** The subject of sign-ins that name no user. The name is not recorded: it may be a password in the wrong field. */
const UNKNOWN_USER = principalIdOf('?');

/**
 * Counts the attempts that are not recorded one by one, and records their number once a minute: sign-ins to unknown
 * names, and attempts that rate limiting refused. They need no credentials, and an entry for each would fill the
 * audit log.
 */
@Injectable()
export class FailedSignIns implements BeforeApplicationShutdown {
  private readonly logger = new Logger(FailedSignIns.name);

  private counts = { unknown_names: 0, refused: 0 };

  private readonly addresses = new Set<string>();

  private timer: NodeJS.Timeout | undefined;

  /** The last entry that is being recorded. */
  private pending: Promise<void> = Promise.resolve();

  constructor(
    private readonly audit: AuditLog,
    completion: RequestCompletion,
  ) {
    completion.onCompleted((completed) => this.countRefused(completed));
  }

  /** Records a wrong password. The response does not wait, or its time would reveal which names exist. */
  record(author: Author, name: string): void {
    this.pending = this.audit
      .record({ ...author, action: 'sign_in_failed', subject: principalIdOf(name) })
      .catch((error: unknown) => this.logger.warn({ err: error }, 'Could not record a failed sign-in'));
  }

  countUnknownName(address: string): void {
    this.count('unknown_names', address);
  }

  /** Records what was counted, if anything was; keeps it where that fails. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.pending;
    const { counts } = this;
    if (counts.unknown_names + counts.refused === 0) return;
    const details = { ...counts, addresses: [...this.addresses] };
    this.counts = { unknown_names: 0, refused: 0 };
    try {
      await this.audit.record({
        ...commandAuthor(ANONYMOUS),
        action: 'sign_in_failed',
        subject: UNKNOWN_USER,
        details,
      });
      this.addresses.clear();
    } catch (error) {
      this.logger.warn({ err: error }, 'Could not record the number of failed sign-ins');
      for (const name of ['unknown_names', 'refused'] as const) this.counts[name] += counts[name];
      this.flushLater();
    }
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.flush();
  }

  private countRefused({ route, status, client = '' }: CompletedRequest): void {
    if (status === 429 && PASSWORD_ROUTE.test(route)) this.count('refused', client);
  }

  private count(name: 'unknown_names' | 'refused', address: string): void {
    this.counts[name]++;
    if (this.addresses.size < MAX_ADDRESSES) this.addresses.add(address);
    this.flushLater();
  }

  private flushLater(): void {
    this.timer ??= setTimeout(() => void this.flush(), INTERVAL_MS).unref();
  }
}
