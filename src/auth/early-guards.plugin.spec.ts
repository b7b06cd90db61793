import type { INestApplicationContext } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import fastify, { type FastifyContextConfig, type FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { readConfig } from '../config/config';
import { ConfigModule } from '../config/config.module';
import { Problem } from '../problems/problem';
import { BodyPaceGuard } from '../throttling/body-pace.guard';
import { RateLimitGuard } from '../throttling/rate-limit.guard';
import { AuthenticationGuard } from './authentication.guard';
import { earlyGuards } from './early-guards.plugin';
import { UnparsedRequests } from '../throttling/unparsed-requests';
import { RolesGuard } from './roles/roles.guard';

/** The calls of the guards, in order; each guard decides as the test wants. */
const calls: string[] = [];
let decide: (guard: string) => boolean | Promise<boolean>;
const guard = (name: string) => ({
  canActivate: () => {
    calls.push(name);
    return decide(name);
  },
});

async function start(settings: Record<string, string> = {}): Promise<INestApplicationContext> {
  const config = readConfig({ DATABASE_URL: 'postgresql://none', ...settings });
  return Test.createTestingModule({
    imports: [ConfigModule.of(config)],
    providers: [
      { provide: AuthenticationGuard, useValue: guard('authentication') },
      { provide: RateLimitGuard, useValue: guard('rate limiting') },
      { provide: RolesGuard, useValue: guard('authorization') },
      { provide: BodyPaceGuard, useValue: guard('pace of bodies') },
      { provide: UnparsedRequests, useValue: {} },
    ],
  }).compile();
}

async function serverWith(app: INestApplicationContext): Promise<FastifyInstance> {
  const server = fastify();
  for (const name of ['request-completion', 'response-headers'])
    await server.register(fp((_, __, done) => done(), { name }));
  await server.register(earlyGuards, { app });
  return server;
}

describe('earlyGuards', () => {
  const handler = jest.fn(() => 'handled');
  let server: FastifyInstance;

  beforeEach(async () => {
    calls.length = 0;
    handler.mockClear();
    decide = () => true;
    server = await serverWith(await start());
  });
  afterEach(() => server.close());

  it.each<[string, FastifyContextConfig | undefined]>([
    ['no options', undefined],
    ['other options', { cache: { resource: 'metrics', kind: 'list' } }],
    ['an unknown role', { access: 'owner' as 'admin' }],
  ])('stops the boot at a route with %s', (_, config) => {
    expect(() => server.get('/new', { ...(config && { config }) }, handler)).toThrow(/GET.* \/new declares no access/);
  });

  it.each(['viewer', 'editor', 'admin', 'public'] as const)('accepts a route with the access %s', (access) => {
    expect(() => server.get('/new', { config: { access } }, handler)).not.toThrow();
  });

  it('runs authentication, rate limiting, authorization and the pace of bodies in order, before the body is read', async () => {
    let wasRead = false;
    server.post(
      '/new',
      { config: { access: 'public' }, preParsing: (_, __, ___, next) => ((wasRead = true), next()) },
      handler,
    );
    const order: string[] = [];
    decide = (name) => {
      order.push(`${name}${wasRead ? ' after the body' : ''}`);
      return name === 'rate limiting' ? Promise.resolve(true) : true;
    };
    expect((await server.inject({ method: 'POST', url: '/new', payload: {} })).body).toBe('handled');
    expect(order).toEqual(['authentication', 'rate limiting', 'authorization', 'pace of bodies']);
    expect(wasRead).toBe(true);
  });

  it('runs for unknown routes too', async () => {
    expect((await server.inject('/unknown')).statusCode).toBe(404);
    expect(calls).toEqual(['authentication', 'rate limiting', 'authorization', 'pace of bodies']);
  });

  it.each([
    ['at once', () => false],
    ['later', () => Promise.resolve(false)],
  ])('responds 403 where a guard returns false %s, and runs no later guard', async (_, refuse) => {
    server.get('/new', { config: { access: 'public' } }, handler);
    decide = (name) => (name === 'rate limiting' ? refuse() : true);
    expect((await server.inject('/new')).statusCode).toBe(403);
    expect(calls).toEqual(['authentication', 'rate limiting']);
    expect(handler).not.toHaveBeenCalled();
  });

  it.each([
    [
      'throws',
      (error: Error): boolean => {
        throw error;
      },
    ],
    ['rejects', (error: Error): Promise<boolean> => Promise.reject(error)],
  ])('passes on what a guard %s', async (_, fail) => {
    server.setErrorHandler((error, __, reply) => reply.status(429).send((error as Problem).code));
    server.get('/new', { config: { access: 'public' } }, handler);
    decide = (name) => (name === 'rate limiting' ? fail(new Problem('rate_limited')) : true);
    const { statusCode, body } = await server.inject('/new');
    expect([statusCode, body]).toEqual([429, 'rate_limited']);
    expect(handler).not.toHaveBeenCalled();
  });

  it('leaves rate limiting out where it is disabled', async () => {
    const other = await serverWith(await start({ THROTTLE_ENABLED: 'false' }));
    await other.inject('/unknown');
    expect(calls).toEqual(['authentication', 'authorization']);
    await other.close();
  });
});
