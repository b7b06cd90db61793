import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Problem } from '../problems/problem';

/** What a write is allowed to find (RFC 9110, 13.1). */
export interface Preconditions {
  /** `If-Match`: the versions one of which the document must have; '*' for any. */
  ifMatch?: number[] | '*';
  /** `If-None-Match: *`: the document must not exist. */
  ifAbsent?: true;
}

const ENTITY_TAG = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;
/** Our strong tags: a version, and a digest where the document shows computed values. */
const VERSION_TAG = /^"(\d{1,9})(?:-[0-9a-f]+)?"$/;

const listOf = (header: string): string[] => header.split(',').map((tag) => tag.trim());

/**
 * Reads the preconditions of a write. Tags that are well-formed but not ours match nothing; weak ones neither
 * (If-Match compares strongly).
 *
 * @throws Problem 400 `invalid_header` for a tag that is none
 */
export function preconditionsOf(headers: {
  'if-match'?: string | undefined;
  'if-none-match'?: string | undefined;
}): Preconditions {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  const preconditions: Preconditions = {};
  if (match !== undefined) {
    if (match.trim() === '*') preconditions.ifMatch = '*';
    else {
      const tags = listOf(match);
      if (!tags.every((tag) => ENTITY_TAG.test(tag))) throw invalidHeader('If-Match');
      preconditions.ifMatch = tags.flatMap((tag) => VERSION_TAG.exec(tag)?.[1] ?? []).map(Number);
    }
  }
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*') throw invalidHeader('If-None-Match', 'A write takes If-None-Match: * alone.');
    preconditions.ifAbsent = true;
  }
  return preconditions;
}

const invalidHeader = (header: string, detail = `${header} must be * or a list of entity tags such as "3".`) =>
  new Problem('invalid_header', { detail, errors: [{ header, code: 'invalid_format', detail }] });

/** The preconditions of the request, for a handler's parameter. */
export const WritePreconditions = createParamDecorator((_: unknown, context: ExecutionContext) =>
  preconditionsOf(context.switchToHttp().getRequest<FastifyRequest>().headers),
);

const opaque = (tag: string) => tag.replace(/^W\//, '');

/** Whether `If-None-Match` names the present tag, by weak comparison: then the caller's copy is still good. */
export function matchesNone(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || listOf(header).some((tag) => opaque(tag) === opaque(etag));
}
