import { Injectable, type PipeTransform } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { CachedRoute } from './cached-route';
import { ResourceDependencies } from '../generations/resource-dependencies';
import type { Generation } from '../generations/generation';
import type { Question } from './response-cache';

/** URLs whose canonical form is remembered; longer ones are read each time. */
const MAX_REMEMBERED = 2000;
const MAX_LENGTH = 1000;

/** Turns requests into questions: equal ones for equal queries, however they are spelled. */
@Injectable()
export class Questions {
  private readonly remembered = new LRUCache<string, string>({ max: MAX_REMEMBERED });

  private readonly dependsOn = new Map<string, string[]>();

  constructor(private readonly dependencies: ResourceDependencies) {}

  /**
   * Path and canonical query.
   *
   * @throws Problem 400 for a query that the route does not take
   */
  urlOf({ query }: CachedRoute, request: FastifyRequest): string {
    const { url } = request;
    if (!query || !url.includes('?')) return url;
    const known = this.remembered.get(url);
    if (known !== undefined) return known;
    const { canonical } = (query as PipeTransform<unknown, { canonical: string }>).transform(request.query, {
      type: 'query',
    });
    const path = url.slice(0, url.indexOf('?'));
    const question = canonical === '' ? path : `${path}?${canonical}`;
    if (url.length <= MAX_LENGTH) this.remembered.set(url, question);
    return question;
  }

  /** The question at a generation of the database; a day's answer belongs to that day (UTC). */
  at(generation: Generation, { resource, kind }: CachedRoute, url: string): Question {
    let resources = this.dependsOn.get(resource);
    if (!resources) this.dependsOn.set(resource, (resources = this.dependencies.of(resource)));
    const tag = generation.tag(resources);
    return {
      url,
      kind,
      tag: this.dependencies.isDated(resource) ? `${tag}.${new Date().toISOString().slice(0, 10)}` : tag,
      epoch: generation.epoch,
      askedAt: generation.askedAt,
    };
  }
}
