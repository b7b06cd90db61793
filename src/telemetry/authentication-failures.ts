import { Injectable } from '@nestjs/common';
import { InjectMetric, makeCounterProvider } from '@willsoto/nestjs-prometheus';
import type { FastifyRequest } from 'fastify';
import { Counter } from 'prom-client';
import { type CompletedRequest, RequestCompletion } from '../instrumentation/request-completion';
import { registers } from './instruments';

const NAME = 'mdl_authentication_failures_total';
const REASONS = ['no_credentials', 'bad_credentials', 'forbidden', 'unavailable'] as const;

type Reason = (typeof REASONS)[number];

/** Counts completed requests that failed authentication or authorization. */
@Injectable()
export class AuthenticationFailures {
  constructor(
    @InjectMetric(NAME) private readonly failures: Counter,
    completion: RequestCompletion,
  ) {
    for (const reason of REASONS) failures.inc({ reason }, 0);
    completion.onCompleted((completed) => this.record(completed));
  }

  private record({ status, request }: CompletedRequest): void {
    const reason = status >= 400 && request ? reasonOf(status, request) : undefined;
    if (reason) this.failures.inc({ reason });
  }
}

function reasonOf(status: number, request: FastifyRequest): Reason | undefined {
  if (status === 401) return hasCredentials(request) ? 'bad_credentials' : 'no_credentials';
  if (status === 403) return 'forbidden';
  return status >= 500 && request.authenticationError ? 'unavailable' : undefined;
}

/** On a public route, a 401 is about credentials in the body: a password or a refresh token. */
const hasCredentials = ({ credentialsError, routeOptions: { config } }: FastifyRequest): boolean =>
  credentialsError !== undefined || config.access === 'public';

/** Failed authentication and authorization, by reason. */
export const authenticationInstruments = [
  makeCounterProvider({
    name: NAME,
    help: 'Requests that failed authentication or authorization; unavailable: the identity could not be verified',
    labelNames: ['reason'],
    registers,
  }),
];
