import fastify from 'fastify';
import { guardEarly } from './roles.guard';

/** An app that closes its routes, with one more. */
function withRoute(config?: object): void {
  const app = fastify();
  guardEarly(app);
  app.get('/new', { ...(config && { config }) }, () => 'seen');
}

describe('a route', () => {
  it.each([
    ['nothing', undefined],
    ['nothing of it', { cached: {} }],
    ['a role that is none', { access: 'owner' }],
  ])('that says %s of who may call it stops the start', (_, config) => {
    expect(() => withRoute(config)).toThrow(/GET.* \/new does not say who may call it/);
  });

  it.each(['viewer', 'editor', 'admin', 'public'])('that says %s does not', (access) => {
    expect(() => withRoute({ access })).not.toThrow();
  });
});
