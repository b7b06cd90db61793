import { bool, host, makeValidator, str } from 'envalid';

const wholeNumber = (minimum: number, maximum: number) =>
  makeValidator((input) => {
    const value = Number(input);
    if (!/^\d+$/.test(input) || value < minimum || value > maximum) {
      throw new Error(`must be a whole number from ${minimum} to ${maximum}`);
    }
    return value;
  });

const postgresUrl = makeValidator((input) => {
  const protocol = URL.canParse(input) ? new URL(input).protocol : '';
  if (!['postgres:', 'postgresql:'].includes(protocol))
    throw new Error('must be postgresql://user:password@host:5432/database');
  return input;
});
const port = wholeNumber(0, 65_535);
const milliseconds = wholeNumber(0, 3_600_000);

/** Every variable that the service reads from its environment; README's table is made from this. */
export const settings = {
  NODE_ENV: str({
    choices: ['development', 'test', 'production'],
    default: 'development',
    desc: 'In production `seed -- --metrics` asks for `--force`; nothing else depends on it',
  }),
  DATABASE_URL: postgresUrl({
    desc: 'PostgreSQL 18, `postgresql://user:password@host:5432/database`',
    example: 'postgresql://mdl:secret@localhost:5432/mdl',
  }),
  DATABASE_POOL_SIZE: wholeNumber(1, 1000)({ default: 10, desc: 'Connections an instance holds at the most' }),
  DATABASE_POOL_TIMEOUT_MS: milliseconds({
    default: 2000,
    desc: 'Wait for a free connection before the answer is 503 `overloaded`',
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: milliseconds({
    default: 5000,
    desc: 'Longest statement before the answer is 504 `timeout`; 0 is no limit',
  }),
  HOST: host({ default: '0.0.0.0', desc: 'Address to listen on' }),
  PORT: port({ default: 3000, desc: 'Port to listen on; 0 takes a free one' }),
  TRUST_PROXY_HOPS: wholeNumber(
    0,
    10,
  )({ default: 0, desc: 'Proxies in front of the service whose `X-Forwarded-*` is believed' }),
  BODY_LIMIT_BYTES: wholeNumber(1024, 104_857_600)({ default: 1_048_576, desc: 'Largest request body' }),
  BULK_BODY_LIMIT_BYTES: wholeNumber(1024, 104_857_600)({ default: 5_242_880, desc: 'Largest body of a bulk request' }),
  REQUEST_TIMEOUT_MS: milliseconds({
    default: 10_000,
    desc: 'Longest time for a client to send headers and body before the answer is 408',
  }),
  CURSOR_SECRET: str({
    default: '',
    desc: 'Signs pagination cursors; without it the key is derived from `DATABASE_URL`, so that all instances agree',
  }),
  SHUTDOWN_DRAIN_MS: milliseconds({
    default: 0,
    desc: 'Time between readiness going down and the listener closing; set it to what the load balancer needs',
  }),
  SHUTDOWN_TIMEOUT_MS: milliseconds({ default: 25_000, desc: 'Hard end of a shutdown that hangs' }),
  LOG_LEVEL: str({
    choices: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    default: 'info',
    desc: 'Least severe log line that is written',
  }),
  LOG_PRETTY: bool({
    default: false,
    desc: 'Log lines for people instead of JSON (needs the development dependencies)',
  }),
  DOCS_ENABLED: bool({ default: true, desc: 'Serve the interactive documentation at `/docs`' }),
} as const;
