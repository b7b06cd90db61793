import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Generation } from '../generations/generation-reader';
import { ResourceDependencies } from '../generations/resource-dependencies';
import { parsedQueryOf } from '../routing/query-parameters';
import { routeOf } from '../routing/route';

/** Maximum number of memoized canonical URLs, and the maximum length of a memoized URL. */
const MAX_CACHED_URLS = 2000;
const MAX_URL_LENGTH = 1000;

/** The key of a cached response. */
export interface CacheKey {
  /** Path and canonical query. */
  url: string;
  /** The generations that the response depends on. */
  tag: string;
  /** The epoch of those generations. */
  epoch: string;
  /** When they were queried, in milliseconds of `performance.now()`. */
  queriedAt: number;
}

/** Builds cache keys. Queries that differ in spelling only have equal keys. */
@Injectable()
export class CacheKeys {
  private readonly canonicalUrls = new LRUCache<string, string>({ max: MAX_CACHED_URLS });

  private readonly dependsOn = new Map<string, { resources: string[]; isDated: boolean }>();

  constructor(private readonly dependencies: ResourceDependencies) {}

  /**
   * Path and canonical query of a request.
   *
   * @throws Problem 400 `invalid_parameter`
   */
  urlOf(request: FastifyRequest): string {
    const { url } = request;
    if (!url.includes('?')) return url;
    // Without parameters, what follows the path is empty: `?`, `?&`.
    if (!routeOf(request).config.query) return url.slice(0, url.indexOf('?'));
    const known = this.canonicalUrls.get(url);
    if (known !== undefined) return known;
    const { canonical } = parsedQueryOf(request);
    const path = url.slice(0, url.indexOf('?'));
    const result = canonical === '' ? path : `${path}?${canonical}`;
    if (url.length <= MAX_URL_LENGTH) this.canonicalUrls.set(url, result);
    return result;
  }

  /** The key of a URL at a generation. A response that depends on the date is valid for that day (UTC) only. */
  at(generation: Generation, resource: string, url: string): CacheKey {
    const { resources, isDated } = this.dependenciesOf(resource);
    const tag = generation.tag(resources);
    return {
      url,
      tag: isDated ? `${tag}.${new Date().toISOString().slice(0, 10)}` : tag,
      epoch: generation.epoch,
      queriedAt: generation.queriedAt,
    };
  }

  private dependenciesOf(resource: string) {
    let known = this.dependsOn.get(resource);
    if (!known) {
      known = { resources: this.dependencies.of(resource), isDated: this.dependencies.isDated(resource) };
      this.dependsOn.set(resource, known);
    }
    return known;
  }
}
