import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { Problem } from '../problems/problem';
import { invalidValue } from '../validation/violation';

/** A position in a sorted list: the row after which the next page starts, or before which the previous page ends. */
export interface Position {
  direction: 'next' | 'prev';
  /** The sort values of the row as PostgreSQL prints them (a JavaScript date would lose microseconds), the key last. */
  values: string[];
  /** Whether the row itself belongs to the page: for the previous page of an empty page. */
  inclusive?: boolean;
}

const SIGNATURE_BYTES = 12;

/** Encodes and decodes cursors: signed tokens that are bound to a scope. */
@Injectable()
export class Cursors {
  /** A key object: importing the bytes for each token would cost half of the token. */
  private readonly secret: KeyObject;

  constructor(config: Config) {
    const secret = config.CURSOR_SECRET || config.DATABASE_URL;
    this.secret = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'mdl cursor', 32)));
  }

  /** @param scope the list that the position belongs to: filters and sort in canonical form */
  encode(position: Position, scope: string): string {
    const { direction, values, inclusive = false } = position;
    const payload = Buffer.from(JSON.stringify([direction, inclusive ? 1 : 0, values, digestOf(scope)]));
    return Buffer.concat([this.sign(payload), payload]).toString('base64url');
  }

  /** @throws Problem 400 `invalid_cursor` for a token without a valid signature, `cursor_mismatch` for another scope */
  decode(token: string, scope: string): Position {
    const bytes = Buffer.from(token, 'base64url');
    const payload = bytes.subarray(SIGNATURE_BYTES);
    const isIntact =
      bytes.toString('base64url') === token &&
      bytes.length > SIGNATURE_BYTES &&
      timingSafeEqual(bytes.subarray(0, SIGNATURE_BYTES), this.sign(payload));
    if (!isIntact) throw invalidCursor('invalid_cursor', 'The cursor was not issued by this service.');
    const [direction, inclusive, values, digest] = JSON.parse(payload.toString()) as [
      Position['direction'],
      number,
      string[],
      string,
    ];
    if (digest !== digestOf(scope))
      throw invalidCursor('cursor_mismatch', 'The cursor was issued for other filters or another sort.');
    return { direction, values, ...(inclusive === 1 && { inclusive: true }) };
  }

  private sign(payload: Buffer): Buffer {
    return createHmac('sha256', this.secret).update(payload).digest().subarray(0, SIGNATURE_BYTES);
  }
}

/** Part of the signed payload, so that it needs no secret of its own. */
const digestOf = (scope: string) => hash('sha256', scope, 'base64url').slice(0, 12);

const invalidCursor = (code: 'invalid_cursor' | 'cursor_mismatch', detail: string) =>
  new Problem(code, { detail, errors: [invalidValue('cursor', detail)] });
