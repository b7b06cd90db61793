import { bool, host, makeValidator, str } from 'envalid';

/** A whole number within bounds, both included. */
const wholeNumber = (minimum: number, maximum: number) =>
  makeValidator((input) => {
    const value = Number(input);
    if (!/^\d+$/.test(input) || value < minimum || value > maximum)
      throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
    return value;
  });
const whole = (minimum: number, maximum: number, spec: { default: number; desc: string }) =>
  wholeNumber(minimum, maximum)(spec);
const port = wholeNumber(0, 65_535);
const seconds = wholeNumber(1, 604_800);
const perMinute = wholeNumber(1, 1_000_000_000);
const milliseconds = wholeNumber(0, 3_600_000);

/** A text that satisfies a condition. */
const text = (isValid: (input: string) => boolean, requirement: string) =>
  makeValidator((input) => {
    if (!isValid(input)) throw new Error(requirement);
    return input;
  });
const parseUrl = (input: string): URL => new URL(URL.canParse(input) ? input : 'none:');
const postgresUrl = text(
  (input) => ['postgres:', 'postgresql:'].includes(parseUrl(input).protocol),
  'must be postgresql://user:password@host:5432/database',
);
const redisUrl = text(
  (input) => ['redis:', 'rediss:'].includes(parseUrl(input).protocol),
  'must be redis://user:password@host:6379/0',
);
const httpUrl = text((input) => {
  const { protocol, username, password, hash } = parseUrl(input);
  return ['https:', 'http:'].includes(protocol) && !username && !password && !hash;
}, 'must be https://host/path');
const publicUrl = makeValidator((input) => {
  const { protocol, username, search, hash } = parseUrl(input);
  if (!['https:', 'http:'].includes(protocol) || username || search || hash)
    throw new Error('must be https://host or https://host/path');
  return input.replace(/\/$/, '');
});
const origins = text(
  (input) => input.split(',').every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
  'must be origins, as in https://app.example.com,http://localhost:5173',
);
const hosts = text(
  (input) => input === '*' || input.split(',').every((name) => /^[\w-]+(\.[\w-]+)*$/.test(name)),
  'must be host names without a port, as in mdl.example.com,mdl.internal, or *',
);
/** Algorithms of one family only: a key is never used with another kind of algorithm (RFC 8725, 3.1). */
const ALGORITHM_FAMILIES = ['RS256,RS384,RS512', 'PS256,PS384,PS512', 'ES256,ES384,ES512', 'EdDSA'];
const algorithms = text(
  (input) =>
    ALGORITHM_FAMILIES.some((family) => input.split(',').every((algorithm) => family.split(',').includes(algorithm))),
  `must be of one family: ${ALGORITHM_FAMILIES.join(' or ')}`,
);
const roleMap = text(
  (input) => input.split(',').every((pair) => /^.+=(viewer|editor|admin)$/.test(pair)),
  'must be value=role,value=role with the roles viewer, editor, admin',
);
const secrets = makeValidator<string[]>((input) => {
  const given = input.split(',');
  if (given.includes('')) throw new Error('must be one secret, or two separated by a comma');
  return given;
});

/** Every environment variable of the service. `docs/configuration.md` and `.env.example` are generated from this. */
export const settings = {
  NODE_ENV: str({
    choices: ['development', 'test', 'production'],
    default: 'development',
    desc: 'Environment. Production requires credentials, strong secrets, and `--force` for `seed -- --metrics`. API keys of one environment are invalid in the others',
  }),
  DATABASE_URL: postgresUrl({
    desc: 'PostgreSQL 18, `postgresql://user:password@host:5432/database`',
    example: 'postgresql://mdl:secret@localhost:5432/mdl',
  }),
  DATABASE_POOL_SIZE: whole(1, 1000, {
    default: 10,
    desc: 'Maximum number of connections in the pool of one instance',
  }),
  DATABASE_POOL_TIMEOUT_MS: milliseconds({
    default: 2000,
    desc: 'Maximum wait for a free connection; after it the response is 503 `overloaded`',
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds({
    default: 5000,
    desc: 'Maximum duration of a statement; after it the response is 504 `timeout`. 0 means no limit',
  }),
  DATABASE_LOCK_TIMEOUT_MS: milliseconds({
    default: 2000,
    desc: 'Maximum wait for a row or table that another session has locked; after it the response is 503 `write_contention`. 0 means no limit',
  }),
  HOST: host({ default: '0.0.0.0', desc: 'Address to listen on' }),
  PORT: port({ default: 3000, desc: 'Port to listen on; 0 selects a free port' }),
  PUBLIC_URL: publicUrl({
    default: '',
    desc: 'URL of the service as clients know it, `https://mdl.example.com`: makes `Link`, `Location` and the servers of the OpenAPI document absolute. When empty, they are relative',
  }),
  METRICS_PORT: port({
    default: 0,
    desc: 'Separate port for `/metrics`, without authentication; 0 serves it on `PORT` for the role viewer',
  }),
  TRUST_PROXY_HOPS: whole(0, 10, {
    default: 0,
    desc: 'Number of trusted proxies in front of the service; their `X-Forwarded-*` headers are used',
  }),
  BODY_LIMIT_BYTES: whole(1024, 104_857_600, { default: 1_048_576, desc: 'Maximum size of a request body' }),
  BULK_BODY_LIMIT_BYTES: whole(1024, 104_857_600, {
    default: 5_242_880,
    desc: 'Maximum size of the body of a bulk request',
  }),
  REQUEST_TIMEOUT_MS: milliseconds({
    default: 10_000,
    desc: 'Maximum time for a client to send headers and body; after it the response is 408',
  }),
  HANDLER_TIMEOUT_MS: milliseconds({
    default: 15_000,
    desc: 'Maximum duration of a handler; after it the response is 504 `timeout` and nothing is written. 0 means no limit',
  }),
  EXPORT_TIMEOUT_MS: milliseconds({
    default: 120_000,
    desc: 'Maximum duration of an export; after it the connection is closed and the line with the count is missing. 0 means no limit',
  }),
  SEND_TIMEOUT_MS: milliseconds({
    default: 60_000,
    desc: 'Maximum time in which a connection with a request moves nothing; it is closed after that, or after twice that if its client does not read the response. 0 means no limit',
  }),
  SLOW_REQUEST_MS: milliseconds({
    default: 1000,
    desc: 'Requests that take longer are logged as slow, with a breakdown of the time; 0 disables this',
  }),
  ENABLE_COMPRESSION: bool({ default: true, desc: 'Compress responses of 1 KiB and more for clients that accept it' }),
  ENABLE_CACHE: bool({ default: true, desc: 'Cache responses; when off, every read queries the database' }),
  CACHE_TTL: seconds({ default: 600, desc: 'Seconds a cache entry stays valid after its last revalidation' }),
  CACHE_MAX_TTL: seconds({
    default: 3600,
    desc: 'Maximum age of a cache entry in seconds, regardless of revalidation',
  }),
  CACHE_MAX_ENTRIES: whole(1, 1_000_000, { default: 1000, desc: 'Maximum number of cache entries in memory' }),
  CACHE_MAX_BYTES: whole(0, 10_737_418_240, {
    default: 16_777_216,
    desc: 'Maximum memory for cache entries in bytes, compressed forms included',
  }),
  CACHE_MAX_STALENESS_MS: milliseconds({
    default: 0,
    desc: 'Bounded staleness: how old the generation used for a cached read may be. 0 checks the database for every read',
  }),
  GENERATION_TIMEOUT_MS: whole(1, 60_000, {
    default: 1000,
    desc: 'Longest wait for the generation query. After it the database is unavailable: cached reads are stale',
  }),
  CACHE_STALE_ON_ERROR: whole(0, 86_400, {
    default: 300,
    desc: 'Seconds a stale cache entry is served, marked `X-Cache: STALE`, while the database is unavailable',
  }),
  CACHE_WARM_INTERVAL: whole(0, 86_400, {
    default: 1800,
    desc: 'Seconds between cache warm-ups, the first at start; 0 disables them',
  }),
  REDIS_URL: redisUrl({
    default: '',
    desc: 'Redis, `redis://user:password@host:6379/0`: shares the cache and the rate limits between instances',
  }),
  REDIS_HOST: str({ default: '', desc: 'Redis host, used when `REDIS_URL` is not set' }),
  REDIS_PORT: port({ default: 6379, desc: 'Redis port' }),
  REDIS_PASSWORD: str({ default: '', desc: 'Redis password' }),
  REDIS_DB: whole(0, 1000, { default: 0, desc: 'Redis database number' }),
  REDIS_TIMEOUT_MS: whole(1, 60_000, {
    default: 75,
    desc: 'Timeout of a Redis command; after it the instance continues without Redis',
  }),
  THROTTLE_ENABLED: bool({ default: true, desc: 'Limit the request rate of each client' }),
  THROTTLE_ANONYMOUS: perMinute({ default: 100, desc: 'Requests per minute without credentials, per client address' }),
  THROTTLE_AUTHENTICATED: perMinute({ default: 600, desc: 'Requests per minute with credentials, per principal' }),
  THROTTLE_WRITES: perMinute({ default: 120, desc: 'Writes per minute, per principal or client address' }),
  THROTTLE_BULK: perMinute({ default: 30, desc: 'Bulk requests per minute, per principal or client address' }),
  THROTTLE_EXPORT: perMinute({ default: 30, desc: 'Exports per minute, per principal or client address' }),
  THROTTLE_SIGN_IN: perMinute({
    default: 100,
    desc: 'Sign-ins in 15 minutes per client address. Failed attempts of an account have a stricter limit',
  }),
  AUTH_ANONYMOUS_ROLE: str({
    choices: ['none', 'viewer', 'editor', 'admin'],
    default: 'none',
    desc: 'Role of requests without credentials',
  }),
  AUTH_ANONYMOUS_ALLOWED: bool({ default: false, desc: 'Allow `AUTH_ANONYMOUS_ROLE` other than `none` in production' }),
  AUTH_LOCAL: bool({
    default: false,
    devDefault: true,
    desc: 'Local accounts with passwords: `/api/v1/auth` and `/api/v1/users`. Enabled by default outside production',
  }),
  AUTH_SECRET: secrets({
    default: [],
    desc: 'Signs access tokens of local accounts. For rotation set two, separated by a comma: the first signs, both verify. Required in production with `AUTH_LOCAL`; elsewhere each process generates one if it is empty',
  }),
  AUTH_ISSUER: httpUrl({
    default: '',
    desc: 'Identity provider whose access tokens (JWT) are accepted: the exact value of their `iss`. Must be https in production',
  }),
  AUTH_AUDIENCE: str({
    default: '',
    desc: 'Required value in `aud` of those tokens: the name of this service at the provider',
  }),
  AUTH_REQUIRE_AT_JWT: bool({
    default: false,
    desc: 'Accept only tokens of the type `at+jwt` (RFC 9068). Otherwise tokens that are recognisable as ID tokens are rejected, and other tokens with the type `JWT` or none are accepted',
  }),
  AUTH_ACCESS_TOKEN_CLAIMS: str({
    default: 'scope,scp',
    desc: 'Claims that the access tokens of the provider have and its ID tokens lack. A token with one of them may have a `nonce`, and its client as the audience',
  }),
  AUTH_JWKS_URL: httpUrl({
    default: '',
    desc: 'JSON Web Key Set of the provider; when empty, `/.well-known/openid-configuration` of the issuer is used',
  }),
  AUTH_ALGORITHMS: algorithms({
    default: 'RS256',
    desc: 'Accepted signature algorithms, all of one family: `RS256,RS384,RS512`, `PS…`, `ES…` or `EdDSA`',
  }),
  AUTH_ROLE_CLAIM: str({
    default: 'roles',
    desc: 'Claim with the role, a string or a list of strings; a path such as `realm_access.roles` is allowed',
  }),
  AUTH_ROLE_MAP: roleMap({
    default: 'viewer=viewer,editor=editor,admin=admin',
    desc: 'Maps claim values to roles; the highest role applies, and a token without a mapped role is rejected',
  }),
  API_KEY_DAYS: whole(0, 36_500, {
    default: 365,
    desc: 'Validity in days of API keys that are created without `expires_at`; 0 for keys that do not expire',
  }),
  AUDIT_RETENTION_DAYS: whole(0, 36_500, {
    default: 400,
    desc: 'Age in days from which entries of the audit log are deleted, at least 30; 0 keeps all',
  }),
  CORS_ORIGINS: origins({ default: '', desc: 'Allowed CORS origins, `https://app.example.com,…`; empty allows none' }),
  ALLOWED_HOSTS: hosts({
    default: '',
    desc: 'Names accepted in `Host` beside `localhost` and IP addresses, `mdl.example.com,…`; `*` accepts any. When empty, production accepts any and development no other',
  }),
  CURSOR_SECRET: str({
    default: '',
    desc: 'Signs pagination cursors. When empty, the key is derived from `DATABASE_URL`, which all instances share',
  }),
  SHUTDOWN_DRAIN_MS: milliseconds({
    default: 0,
    desc: 'Drain time of a graceful shutdown: readiness fails in the first half, new connections are refused in the second',
  }),
  SHUTDOWN_TIMEOUT_MS: milliseconds({
    default: 25_000,
    desc: 'Maximum duration of a graceful shutdown; after it the process exits',
  }),
  LOG_LEVEL: str({
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    desc: 'Minimum level of log lines',
  }),
  LOG_PRETTY: bool({
    default: false,
    desc: 'Human-readable log lines instead of JSON (needs the development dependencies)',
  }),
  DOCS_ENABLED: bool({
    default: false,
    devDefault: true,
    desc: 'Serve the interactive documentation at `/docs`, and `/openapi.json`. Enabled by default outside production',
  }),
} as const;

/** Settings that can also be read from a file: `<name>_FILE` holds its path, as with Docker and Kubernetes secrets. */
export const SECRETS = ['DATABASE_URL', 'REDIS_URL', 'REDIS_PASSWORD', 'AUTH_SECRET', 'CURSOR_SECRET'] as const;
