import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { type CompletedRequest, RequestCompletion } from '../instrumentation/request-completion';
import { Config } from '../config/config';
import { limitNames } from '../throttling/limits';
import { ThrottlingStats } from '../throttling/throttling-stats';
import { Series } from './series';

/** Who is kept out, and why. */
@Injectable()
export class ClientInstruments {
  private readonly failures = { no_credentials: 0, bad_credentials: 0, forbidden: 0, unavailable: 0 };

  constructor(series: Series, ends: RequestCompletion, throttling: ThrottlingStats, config: Config) {
    ends.onCompleted((end) => this.record(end));
    series.counter({
      name: 'mdl_authentication_failures_total',
      help: 'Requests refused for who sent them; unavailable: nobody could tell who did',
      read: () => Object.entries(this.failures).map(([reason, count]) => [{ reason }, count]),
    });
    series.counter({
      name: 'mdl_throttle_allowed_total',
      help: 'Requests counted within the limits',
      read: () => throttling.allowed,
    });
    const known = Object.fromEntries(limitNames(config).map((name) => [name, 0]));
    series.counter({
      name: 'mdl_throttle_refused_total',
      help: 'Requests over a limit',
      read: () => Object.entries({ ...known, ...throttling.refused }).map(([limit, count]) => [{ limit }, count]),
    });
    series.counter({
      name: 'mdl_throttle_refunded_total',
      help: 'Requests given back: their answer was a 304 from the cache',
      read: () => throttling.refunded,
    });
    series.counter({
      name: 'mdl_throttle_counted_alone_total',
      help: 'Requests that this instance counted by itself, because Redis did not answer',
      read: () => throttling.countedLocally,
    });
  }

  private record({ status, request }: CompletedRequest): void {
    if (status < 400 || !request) return;
    if (status === 401) this.failures[showsNone(request) ? 'no_credentials' : 'bad_credentials']++;
    else if (status === 403) this.failures.forbidden++;
    else if (status >= 500 && request.authenticationError) this.failures.unavailable++;
  }
}

/** A route that asks for no role refuses what is in its body: a password, a refresh token. */
const showsNone = ({ credentialsError, routeOptions: { config } }: FastifyRequest): boolean =>
  credentialsError === undefined && config.access !== 'public';
