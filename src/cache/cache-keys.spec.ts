import fastify from 'fastify';
import { Generation } from '../generations/generation-reader';
import { ResourceDependencies } from '../generations/resource-dependencies';
import { textParameters } from '../routing/query-parameters';
import { CacheKeys } from './cache-keys';

describe('CacheKeys', () => {
  const dependencies = new ResourceDependencies();
  dependencies.register('domains', [], false);
  dependencies.register('metrics', ['domains'], false);
  dependencies.register('objectives', ['metrics'], true);
  const keys = new CacheKeys(dependencies);
  const generation = new Generation('e', ['auth', 'domains', 'metrics', 'objectives'], ['9', '1', '2', '3'], 42);

  const parser = textParameters('a', 'b');
  const parse = jest.spyOn(parser, 'parse');
  const server = fastify();
  server.get('/m', { config: { query: parser } }, (request) => keys.urlOf(request));
  server.get('/plain', (request) => keys.urlOf(request));
  const urlOf = async (url: string) => (await server.inject(url)).body;

  it('has the tag of every resource that the response depends on', () => {
    expect(keys.at(generation, 'metrics', '/m')).toEqual({
      url: '/m',
      tag: 'e.1.2.3',
      epoch: 'e',
      queriedAt: 42,
    });
    expect(keys.at(generation, 'domains', '/d').tag).toBe('e.1.2');
  });

  it('has the date in the tag of a response that depends on it', () => {
    const { tag } = keys.at(generation, 'objectives', '/o');
    expect(tag).toMatch(/^e\.2\.3\.\d{4}-\d\d-\d\d$/);
  });

  it('has the canonical query in the URL', async () => {
    expect(await urlOf('/m?a=%78')).toBe('/m?a=x');
    expect(await urlOf('/m?')).toBe('/m');
    expect(await urlOf('/m')).toBe('/m');
  });

  it('parses each spelling of a URL once', async () => {
    await urlOf('/m?b=1');
    const { length } = parse.mock.calls;
    expect(await urlOf('/m?b=1')).toBe('/m?b=1');
    expect(parse.mock.calls).toHaveLength(length);
  });

  it('throws for an invalid query, each time', async () => {
    for (let time = 0; time < 2; time++) expect((await server.inject('/m?c=1')).statusCode).toBe(400);
  });

  it('is the path on a route without query parameters', async () => {
    expect(await urlOf('/plain?&')).toBe('/plain');
  });
});
