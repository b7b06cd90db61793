/** The roles in ascending order. Each role includes the permissions of the roles before it. */
export const ROLES = ['viewer', 'editor', 'admin'] as const;

export type Role = (typeof ROLES)[number];

/** Whether a role includes the permissions of `needed`. */
export const covers = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** The authenticated identity of a request, and its role. */
export interface Principal {
  /**
   * `key:` and the id of an API key, `user:` and a name, `idp:` and a subject of the identity provider, or `anonymous`.
   * Revisions, rate limits, logs and the audit log use it.
   */
  readonly id: string;
  readonly role: Role;
  /** The id of the session, for users who signed in with a password. */
  readonly session?: string;
}

/** The result of verified credentials. */
export interface Identity {
  principal: Principal;
  /** When the credentials expire, in milliseconds since the epoch; Infinity for never. */
  expiresAt: number;
  /** Called for each request with these credentials. */
  onUse?: () => void;
}

/** The id of the principal of requests without credentials. */
export const ANONYMOUS = 'anonymous';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null for invalid credentials, and without credentials when AUTH_ANONYMOUS_ROLE is `none`. */
    principal: Principal | null;
    /** Why the credentials are invalid; undefined for valid credentials and without credentials. */
    credentialsError: string | undefined;
    /** The error that prevented authentication. */
    authenticationError: Error | undefined;
  }
}

/** Whether the request has valid credentials. */
export const isAuthenticated = ({ principal }: { principal?: Principal | null }): boolean =>
  (principal?.id ?? ANONYMOUS) !== ANONYMOUS;
