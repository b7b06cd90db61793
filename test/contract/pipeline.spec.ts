import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyPluginAsync, onSendHookHandler } from 'fastify';
import { AuthenticationGuard } from '../../src/auth/authentication.guard';
import { RolesGuard } from '../../src/auth/roles/roles.guard';
import { SchemaPipe } from '../../src/body/schema.pipe';
import { CacheInterceptor } from '../../src/cache/cache.interceptor';
import { DocumentStore } from '../../src/documents/document-store';
import { DocumentReader } from '../../src/documents/read/document-reader';
import { IdempotencyInterceptor } from '../../src/idempotency/idempotency.interceptor';
import { RequestCompletion } from '../../src/instrumentation/request-completion';
import { pipeline } from '../../src/pipeline';
import { ProblemFilter } from '../../src/problems/problem.filter';
import { RepresentationInterceptor } from '../../src/responses/representation';
import { RateLimitGuard } from '../../src/throttling/rate-limit.guard';
import { PoolShareInterceptor } from '../../src/throttling/pool-share.interceptor';
import { TimingInterceptor } from '../../src/timing/timing.interceptor';
import { TestApp } from '../support/app';
import { expectFresh } from './fresh';

const DOCUMENT = 'docs/architecture.md';
const METRICS = '/api/v1/metrics';
const LIMIT = 30;

/** Every step in the order of a request, as docs/architecture.md shows it. */
const STEPS = [
  'request-completion',
  'response-headers',
  'early-guards',
  'AuthenticationGuard',
  'RateLimitGuard',
  'RolesGuard',
  'request-checks',
  'body-parsers',
  'CacheInterceptor',
  'TimingInterceptor',
  'PoolShareInterceptor',
  'RepresentationInterceptor',
  'IdempotencyInterceptor',
  'SchemaPipe',
  'document store',
  'ProblemFilter',
  'large-responses',
  'rate-limit-headers',
  'drain',
  'compression',
  'request-log',
];
/** Plugins whose hooks run only where they are configured, and those that only prepare routes. */
const SILENT = ['uploads', 'request-tracing', 'cors', 'public-url', 'deprecation', 'allowed-methods'];

type Method = (...parameters: unknown[]) => unknown;
type Plugin = FastifyPluginAsync<object> & Record<symbol, unknown>;

/** The steps of the current request, in the order in which they ran. */
let ran: string[] = [];
const note = (step: string) => {
  if (!ran.includes(step)) ran.push(step);
};
const noting = (step: string, method: Method): Method =>
  function (this: unknown, ...parameters) {
    note(step);
    return method.apply(this, parameters);
  };

/** Makes a method of a class note a step whenever it is called. */
function spy(step: string, prototype: object, method: string): void {
  const methods = prototype as Record<string, Method>;
  const original = methods[method];
  if (!original) throw new Error(`${step} has no method ${method}.`);
  methods[method] = noting(step, original);
}

/** A plugin of the pipeline whose hooks, parsers and listeners note its name when they run. */
function observed(plugin: Plugin): { name: string; plugin: Plugin } {
  const { name } = plugin[Symbol.for('plugin-meta')] as { name: string };
  const observing = async (fastify: FastifyInstance, options: object): Promise<void> => {
    const instance = fastify as unknown as Record<string, Method>;
    const { addHook, addContentTypeParser } = instance as { addHook: Method; addContentTypeParser: Method };
    const completion = RequestCompletion.prototype as unknown as Record<string, Method>;
    const { onCompleted } = completion as { onCompleted: Method };
    instance.addHook = function (hook, handler) {
      const isRouteHook = hook === 'onRoute';
      return addHook.call(
        this,
        hook,
        isRouteHook ? observingRoutes(name, handler as Method) : noting(name, handler as Method),
      );
    };
    instance.addContentTypeParser = function (type, parse, parser) {
      return addContentTypeParser.call(this, type, parse, noting(name, parser as Method));
    };
    completion.onCompleted = function (listener) {
      return onCompleted.call(this, noting(name, listener as Method));
    };
    try {
      await new Promise<void>((resolve, reject) => {
        const result: unknown = (plugin as unknown as Method)(fastify, options, (error?: Error) =>
          error ? reject(error) : resolve(),
        );
        if (result instanceof Promise) result.then(() => resolve(), reject);
      });
    } finally {
      Object.assign(instance, { addHook, addContentTypeParser });
      completion.onCompleted = onCompleted;
    }
  };
  for (const symbol of Object.getOwnPropertySymbols(plugin)) Object.assign(observing, { [symbol]: plugin[symbol] });
  return { name, plugin: observing as unknown as Plugin };
}

/** A hook on routes, whose `onSend` handlers note the plugin when they run. */
const observingRoutes = (name: string, handler: Method): Method =>
  function (this: unknown, route) {
    const options = route as { onSend?: onSendHookHandler | onSendHookHandler[] };
    const before = options.onSend;
    handler.call(this, route);
    if (options.onSend === undefined || options.onSend === before) return;
    const [own, ...others] = [options.onSend].flat();
    options.onSend = [noting(name, own as Method), ...others];
  };

describe('the request pipeline', () => {
  let app: TestApp;
  const runs: [string, string[]][] = [];

  /** Sends a request and records the steps that it ran. */
  async function record(kind: string, status: number, send: () => Promise<{ status: number }>): Promise<void> {
    ran = [];
    const response = await send();
    expect([kind, response.status]).toEqual([kind, status]);
    runs.push([kind, [...ran]]);
  }

  beforeAll(async () => {
    spy('AuthenticationGuard', AuthenticationGuard.prototype, 'canActivate');
    spy('RateLimitGuard', RateLimitGuard.prototype, 'canActivate');
    spy('RolesGuard', RolesGuard.prototype, 'canActivate');
    spy('CacheInterceptor', CacheInterceptor.prototype, 'intercept');
    spy('TimingInterceptor', TimingInterceptor.prototype, 'intercept');
    spy('PoolShareInterceptor', PoolShareInterceptor.prototype, 'intercept');
    spy('RepresentationInterceptor', RepresentationInterceptor.prototype, 'intercept');
    spy('IdempotencyInterceptor', IdempotencyInterceptor.prototype, 'intercept');
    spy('SchemaPipe', SchemaPipe.prototype, 'transform');
    spy('ProblemFilter', ProblemFilter.prototype, 'catch');
    spy('document store', DocumentReader.prototype, 'list');
    spy('document store', DocumentStore.prototype, 'create');
    const steps = pipeline as unknown as Plugin[];
    const plugins = steps.map(observed);
    expect(plugins.map(({ name }) => name).filter((name) => !STEPS.includes(name) && !SILENT.includes(name))).toEqual(
      [],
    );
    steps.splice(0, steps.length, ...plugins.map(({ plugin }) => plugin));
    app = await TestApp.start({ THROTTLE_ENABLED: 'true', THROTTLE_ANONYMOUS: String(LIMIT) });

    await record('miss', 200, () => app.get(METRICS));
    await record('hit', 200, () => app.get(METRICS));
    const { headers } = await app.get(METRICS);
    await record('304', 304, () => app.get(METRICS, { 'if-none-match': headers.etag ?? '' }));
    await record('write', 201, () => app.post(METRICS, { metric_id: 'a', name: 'A' }));
    await record('401', 401, () => app.get(METRICS, { authorization: 'Bearer unknown' }));
    await record('404', 404, () => app.get('/unknown'));
    for (let sent = 0; sent < LIMIT; sent++) await app.get(METRICS);
    await record('429', 429, () => app.get(METRICS));
  });
  afterAll(() => app.stop());

  it('runs its steps in one order', () => {
    for (const [kind, steps] of runs)
      expect([kind, steps]).toEqual([kind, STEPS.filter((step) => steps.includes(step))]);
  });

  it('runs what docs/architecture.md shows', () => {
    const cell = (steps: string[], step: string) => (steps.includes(step) ? '●' : '');
    const table = [
      `| step | ${runs.map(([kind]) => kind).join(' | ')} |`,
      `|---|${runs.map(() => ':-:').join('|')}|`,
      ...STEPS.map((step) => `| ${step} | ${runs.map(([, steps]) => cell(steps, step)).join(' | ')} |`),
    ].join('\n');
    const text = readFileSync(DOCUMENT, 'utf8');
    const block = /(<!-- pipeline table -->)[\s\S]*?(<!-- end of the pipeline table -->)/;
    expect(text).toMatch(block);
    expectFresh(DOCUMENT, text.replace(block, `$1\n\n${table}\n\n$2`));
  });
});
