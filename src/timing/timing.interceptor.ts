import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import { Config } from '../config/config';
import { RequestTiming, withQueryStats } from '../instrumentation/request-timing';
import { ErrorMapper } from '../problems/error-mapper';
import { Problem } from '../problems/problem';

/** Interval at which a handler that timed out during its COMMIT is checked again. */
const COMMIT_CHECK_MS = 50;

/** Calls of one handler and their duration. */
export class HandlerTime {
  count = 0;

  /** Responses with a status of 500 and more. */
  errors = 0;

  totalMs = 0;

  maxMs = 0;

  /** @param route the template, never a URL with its values */
  constructor(readonly route: string) {}

  add(ms: number, failed: boolean): void {
    this.count++;
    if (failed) this.errors++;
    this.totalMs += ms;
    if (ms > this.maxMs) this.maxMs = ms;
  }
}

/** Calls of each handler since the process started, for telemetry. */
@Injectable()
export class HandlerTimes {
  private readonly times = new Map<unknown, HandlerTime>();

  /** @param handler the controller method, which is a faster key than the name of the route */
  of(handler: unknown, route: () => string): HandlerTime {
    let time = this.times.get(handler);
    if (!time) this.times.set(handler, (time = new HandlerTime(route())));
    return time;
  }

  all(): HandlerTime[] {
    return [...this.times.values()];
  }
}

/**
 * Measures each handler, also one that fails, shows the result as `Server-Timing`, and responds 504 for a handler that
 * takes longer than HANDLER_TIMEOUT_MS. A stream is measured until it begins.
 *
 * @throws Problem 504 `timeout`; what the handler goes on to write is refused
 */
@Injectable()
export class TimingInterceptor implements NestInterceptor {
  constructor(
    private readonly times: HandlerTimes,
    private readonly errors: ErrorMapper,
    private readonly config: Config,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const time = this.times.of(context.getHandler(), () => `${request.method} ${request.routeOptions.url}`);
    const isFailure = (error: unknown) => this.errors.toProblem(error).status >= 500;
    return new Observable((subscriber) =>
      new HandlerCall(request, reply, time, isFailure, this.config.HANDLER_TIMEOUT_MS, subscriber).start(next),
    );
  }
}

/** One call of a handler. */
class HandlerCall {
  private readonly startedAt = performance.now();

  private readonly timing: RequestTiming;

  private isEnded = false;

  private timer: NodeJS.Timeout | undefined;

  private subscription: Subscription | undefined;

  constructor(
    request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly time: HandlerTime,
    private readonly isFailure: (error: unknown) => boolean,
    private readonly timeoutMs: number,
    private readonly subscriber: Subscriber<unknown>,
  ) {
    this.timing = request.timing ??= new RequestTiming(reply.elapsedTime);
  }

  start(next: CallHandler): Subscription {
    if (this.timeoutMs > 0) this.expireIn(this.timeoutMs);
    this.subscription = withQueryStats(this.timing.database, () => next.handle()).subscribe({
      next: (result) => {
        this.end(false);
        this.subscriber.next(result);
      },
      error: (error: unknown) => this.fail(error),
      complete: () => this.subscriber.complete(),
    });
    return this.subscription;
  }

  private expireIn(ms: number): void {
    this.timer = setTimeout(() => this.expire(), ms);
    this.timer.unref();
  }

  private expire(): void {
    // The outcome of a COMMIT that has begun decides the response.
    if (this.timing.database.isCommitting) return this.expireIn(COMMIT_CHECK_MS);
    this.timing.database.isExpired = true;
    const detail = `The request took longer than ${this.timeoutMs} ms and was stopped; nothing was written.`;
    this.fail(new Problem('timeout', { detail }));
    this.subscription?.unsubscribe();
  }

  private fail(error: unknown): void {
    this.end(this.isFailure(error));
    this.subscriber.error(error);
  }

  private end(isFailed: boolean): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.timer);
    this.time.add(performance.now() - this.startedAt, isFailed);
    this.timing.totalMs = this.reply.elapsedTime;
    this.reply.header('server-timing', this.timing.toHeader());
  }
}
