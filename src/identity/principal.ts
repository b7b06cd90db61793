import type { FastifyRequest } from 'fastify';
import type { Role } from './role';

/** Who sends a request, and what they may do. */
export interface Principal {
  /** `key:` and the id of an API key, `user:` and a name, `idp:` and the subject of the identity provider, or `anonymous`: what revisions, limits and the log know them by. */
  readonly id: string;
  readonly role: Role;
  /** Of those who signed in with a password. */
  readonly session?: string;
}

/** Whom credentials stand for. */
export interface Identity {
  principal: Principal;
  /** When they stop being good, in milliseconds since 1970; Infinity for never. */
  expiresAt: number;
  /** Called for each request that shows them. */
  onUse?: () => void;
}

/** The id of all who show no credentials. */
export const ANONYMOUS = 'anonymous';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null for callers without credentials where they may do nothing, and for those whose credentials are no good. */
    principal: Principal | null;
    /** Why their credentials are no good; undefined where they are, or where there are none. */
    credentialsError: string | undefined;
    /** Why it could not be found out whether they are good. */
    authenticationError: Error | undefined;
  }
}

/** Whether the caller showed credentials that are good. */
export const isAuthenticated = ({ principal }: Pick<FastifyRequest, 'principal'>): boolean =>
  principal !== null && principal.id !== ANONYMOUS;
