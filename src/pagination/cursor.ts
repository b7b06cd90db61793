import { createHmac, createSecretKey, hash, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import { Problem } from '../problems/problem';

/** A place in an ordered list: the row the next page starts after, or the previous one ends before. */
export interface Position {
  direction: 'next' | 'prev';
  /** The row's sort values as PostgreSQL prints them (a JavaScript date would lose microseconds), the primary key last. */
  values: string[];
  /** The row itself belongs to the page: the way back from a page that turned out to be empty. */
  inclusive?: boolean;
}

const SIGNATURE_BYTES = 12;

/** Makes and reads cursor tokens: signed, and bound to the scope they were made for. */
@Injectable()
export class Cursors {
  /** A key object: made from bytes it would be made anew for each token, at half the price of the token. */
  private readonly secret: KeyObject;

  constructor(config: Config) {
    const secret = config.CURSOR_SECRET || config.DATABASE_URL;
    this.secret = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'mdl cursor', 32)));
  }

  /** The token for a position within the answers to `scope` (filters and sort in their canonical form). */
  encode(position: Position, scope: string): string {
    const { direction, values, inclusive = false } = position;
    const payload = Buffer.from(JSON.stringify([direction, inclusive ? 1 : 0, values, digestOf(scope)]));
    return Buffer.concat([this.sign(payload), payload]).toString('base64url');
  }

  /**
   * @throws Problem 400 `invalid_cursor` for a token we did not make, `cursor_mismatch` for one of another scope
   */
  decode(token: string, scope: string): Position {
    const bytes = Buffer.from(token, 'base64url');
    const payload = bytes.subarray(SIGNATURE_BYTES);
    const intact =
      bytes.toString('base64url') === token &&
      bytes.length > SIGNATURE_BYTES &&
      timingSafeEqual(bytes.subarray(0, SIGNATURE_BYTES), this.sign(payload));
    if (!intact) throw refused('invalid_cursor', 'The cursor was not made by this service.');
    const [direction, inclusive, values, digest] = JSON.parse(payload.toString()) as [
      Position['direction'],
      number,
      string[],
      string,
    ];
    if (digest !== digestOf(scope))
      throw refused('cursor_mismatch', 'The cursor belongs to other filters or another sort.');
    return { direction, values, ...(inclusive === 1 && { inclusive: true }) };
  }

  private sign(payload: Buffer): Buffer {
    return createHmac('sha256', this.secret).update(payload).digest().subarray(0, SIGNATURE_BYTES);
  }
}

/** Signed together with the position, so that it needs no secret of its own. */
const digestOf = (scope: string) => hash('sha256', scope, 'base64url').slice(0, 12);

const refused = (code: 'invalid_cursor' | 'cursor_mismatch', detail: string) =>
  new Problem(code, { detail, errors: [{ parameter: 'cursor', code: 'invalid_value', detail }] });
