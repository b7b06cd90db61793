import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Observable, type Subscriber, type Subscription } from 'rxjs';
import { Config } from '../config/config';
import { withQueryStats } from '../database/query-measurement';
import { Problem } from '../problems/problem';
import { type HandlerTime, HandlerTimes } from './handler-times';
import { toProblem } from '../problems/problem.filter';
import { RequestTiming } from '../instrumentation/request-timing';

/** Between two looks at a handler that is late but must not be stopped at this moment. */
const AGAIN_MS = 50;

/**
 * Measures each handler, those that fail too, tells the caller by `Server-Timing`, and answers 504 for one that takes longer
 * than HANDLER_TIMEOUT_MS. A stream is measured until it begins, and never cut.
 *
 * @throws Problem 504 `timeout`; what the handler still does is not written
 */
@Injectable()
export class TimingInterceptor implements NestInterceptor {
  constructor(
    private readonly times: HandlerTimes,
    private readonly config: Config,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const time = this.times.of(context.getHandler(), () => `${request.method} ${request.routeOptions.url}`);
    return new Observable((subscriber) => {
      const run = new Run(request, reply, time, this.config.HANDLER_TIMEOUT_MS, subscriber);
      return run.start(next);
    });
  }
}

/** One call of a handler. */
class Run {
  private readonly startedAt = performance.now();

  private readonly timing: RequestTiming;

  private isEnded = false;

  private timer: NodeJS.Timeout | undefined;

  private subscription: Subscription | undefined;

  constructor(
    request: FastifyRequest,
    private readonly reply: FastifyReply,
    private readonly time: HandlerTime,
    private readonly limitMs: number,
    private readonly subscriber: Subscriber<unknown>,
  ) {
    this.timing = request.timing ??= new RequestTiming(reply.elapsedTime);
  }

  start(next: CallHandler): Subscription {
    if (this.limitMs > 0) this.expireIn(this.limitMs);
    this.subscription = withQueryStats(this.timing.database, () => next.handle()).subscribe({
      next: (answer) => {
        this.end(false);
        this.subscriber.next(answer);
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
    // A commit that has begun decides what the answer is.
    if (this.timing.database.isCommitting) return this.expireIn(AGAIN_MS);
    this.timing.database.isExpired = true;
    const detail = `The request took longer than ${this.limitMs} ms and was stopped; nothing was written.`;
    this.fail(new Problem('timeout', { detail }));
    this.subscription?.unsubscribe();
  }

  private fail(error: unknown): void {
    this.end(toProblem(error).status >= 500);
    this.subscriber.error(error);
  }

  private end(failed: boolean): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.timer);
    this.time.add(performance.now() - this.startedAt, failed);
    this.timing.totalMs = this.reply.elapsedTime;
    this.reply.header('server-timing', this.timing.toHeader());
  }
}
