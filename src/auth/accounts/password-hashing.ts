import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { Problem } from '../../problems/problem';

/** 19 MiB, two passes, one lane: OWASP, Password Storage Cheat Sheet. Memory in KiB. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
/** Each takes its 19 MiB and a core for some 40 ms: the rest of the service goes on beside two. */
const AT_ONCE = 2;
/** Who comes later would wait for more than a second. */
const MAX_WAITING = 50;

/** `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<digest>`, in Base64 without padding: the PHC string format. */
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]{11,})\$([\w+/]{43})$/;

const deriveKey = promisify(argon2);
const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** Hashes passwords with Argon2id (RFC 9106), two at once at the most. */
@Injectable()
export class PasswordHashing {
  private readonly turn = pLimit(AT_ONCE);

  /** @throws Problem 503 `overloaded` where too many wait */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const { memory, passes, parallelism } = COST;
    const digest = await this.derive(password, salt, COST);
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(digest)}`;
  }

  /**
   * Whether a hash is that of a password. Without a hash it takes as long to say no, so that the time tells nobody which
   * accounts there are.
   *
   * @throws Problem 503 `overloaded` where too many wait
   */
  async isRight(password: string, hash: string | undefined): Promise<boolean> {
    const [, memory, passes, parallelism, salt, digest] = (hash === undefined ? null : PHC.exec(hash)) ?? [];
    if (salt === undefined || digest === undefined) {
      await this.derive(password, randomBytes(SALT_BYTES), COST);
      return false;
    }
    const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
    const expected = Buffer.from(digest, 'base64');
    return timingSafeEqual(await this.derive(password, Buffer.from(salt, 'base64'), cost), expected);
  }

  private derive(password: string, nonce: Buffer, cost: typeof COST): Promise<Buffer> {
    if (this.turn.pendingCount >= MAX_WAITING)
      throw new Problem('overloaded', {
        detail: 'Too many passwords wait to be checked; try again.',
        headers: { 'retry-after': '1' },
      });
    return this.turn(() =>
      deriveKey('argon2id', { ...cost, message: normalised(password), nonce, tagLength: DIGEST_BYTES }),
    );
  }
}

/** The same password, however a keyboard composes its letters (NIST SP 800-63B, 3.1.1.2). */
export const normalised = (password: string): string => password.normalize('NFKC');
