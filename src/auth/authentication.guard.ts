import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../config/config';
import { ANONYMOUS, type Principal } from '../identity/principal';
import { ServiceCredential } from '../identity/service-credential';
import { requestOf } from '../routing/route';
import { Authenticator } from './authenticator';
import { MAX_TOKEN_LENGTH } from './credentials/bearer-token';

const BEARER = new RegExp(`^Bearer +([\\w.~+/=-]{1,${MAX_TOKEN_LENGTH}})$`, 'i');

/**
 * Authentication: sets `request.principal` from the bearer token (RFC 6750). It refuses nothing: `RolesGuard` does,
 * because public routes take requests with bad credentials too, and those must be counted by rate limiting first.
 */
@Injectable()
export class AuthenticationGuard implements CanActivate {
  /** The principal of requests without credentials; null where they may do nothing. */
  private readonly anonymous: Principal | null;

  constructor(
    { AUTH_ANONYMOUS_ROLE: role }: Config,
    private readonly authenticator: Authenticator,
    private readonly service: ServiceCredential,
  ) {
    this.anonymous = role === 'none' ? null : { id: ANONYMOUS, role };
  }

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const request = requestOf(context);
    const { authorization } = request.headers;
    if (authorization === undefined) {
      request.principal = this.anonymous;
      return true;
    }
    const [, token] = BEARER.exec(authorization) ?? [];
    if (token !== undefined) return this.authenticate(token, request);
    request.credentialsError = 'The header Authorization must be `Bearer` and one token.';
    return true;
  }

  private async authenticate(token: string, request: FastifyRequest): Promise<true> {
    if (this.service.matches(token)) {
      request.principal = { id: 'service', role: 'viewer' };
      return true;
    }
    const start = performance.now();
    try {
      const identity = await this.authenticator.identify(token, request);
      if (identity && Date.now() < identity.expiresAt) {
        identity.onUse?.();
        request.principal = identity.principal;
      } else request.credentialsError = 'The credentials are unknown, expired or revoked.';
    } catch (error) {
      request.authenticationError = error as Error;
    }
    request.authenticationMs = performance.now() - start;
    return true;
  }
}
