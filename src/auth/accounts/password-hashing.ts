import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { Problem } from '../../problems/problem';

/** 19 MiB, two passes, one lane (OWASP, Password Storage Cheat Sheet). Memory in KiB. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
/** Hashes that run at the same time. Each takes 19 MiB and one core for about 40 ms. */
const CONCURRENCY = 2;
/** Hashes in the queue; a longer queue would mean a wait of more than one second. */
const MAX_QUEUED = 50;

/** The PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<digest>`, in Base64 without padding. */
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]{11,})\$([\w+/]{43})$/;

const deriveKey = promisify(argon2);
const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** Hashes and verifies passwords with Argon2id (RFC 9106), at most two at the same time. */
@Injectable()
export class PasswordHashing {
  private readonly limit = pLimit(CONCURRENCY);

  /** @throws Problem 503 `overloaded` when the queue is full */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const { memory, passes, parallelism } = COST;
    const digest = await this.derive(password, salt, COST);
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(digest)}`;
  }

  /**
   * Verifies a password. Without a hash the result is false after the same time, so that response times do not reveal
   * which users exist.
   *
   * @throws Problem 503 `overloaded` when the queue is full
   */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
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
    if (this.limit.pendingCount >= MAX_QUEUED)
      throw new Problem('overloaded', {
        detail: 'Too many passwords are being verified. Try again later.',
        headers: { 'retry-after': '1' },
      });
    return this.limit(() =>
      deriveKey('argon2id', { ...cost, message: normalize(password), nonce, tagLength: DIGEST_BYTES }),
    );
  }
}

/** Unicode form NFKC, so that keyboards that compose letters differently agree (NIST SP 800-63B, 3.1.1.2). */
export const normalize = (password: string): string => password.normalize('NFKC');
