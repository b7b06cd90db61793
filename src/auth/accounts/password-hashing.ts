import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Problem } from '../../problems/problem';
import { FairQueue, QueueFull } from '../../throttling/fair-queue';
import { addressTracker } from '../../throttling/tracker';

/** 19 MiB, two passes, one lane (OWASP, Password Storage Cheat Sheet). Memory in KiB. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 };
const SALT_BYTES = 16;
const DIGEST_BYTES = 32;
/** Hashes that run at the same time. Each takes 19 MiB and one core for about 40 ms. */
const CONCURRENCY = 2;
/** Hashes of one client address that wait: about half a second of work. */
const MAX_WAITING = 10;
/** Hashes of all addresses that wait. */
const MAX_WAITING_OF_ALL = 500;

/** The PHC string format: `$argon2id$v=19$m=19456,t=2,p=1$<salt>$<digest>`, in Base64 without padding. */
const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]{11,})\$([\w+/]{43})$/;

const deriveKey = promisify(argon2);
const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');

/**
 * Hashes and verifies passwords with Argon2id (RFC 9106), at most two at the same time. Client addresses take turns:
 * many attempts from one address do not keep users at other addresses from signing in.
 */
@Injectable()
export class PasswordHashing {
  private readonly queue = new FairQueue(CONCURRENCY, MAX_WAITING, MAX_WAITING_OF_ALL);

  /**
   * @param address the client address
   * @throws Problem 503 `overloaded` when the queue is full
   */
  async hash(password: string, address: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES);
    const { memory, passes, parallelism } = COST;
    const digest = await this.derive(password, address, salt, COST);
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(digest)}`;
  }

  /**
   * Verifies a password. Without a hash the result is false after the same time, so that response times do not reveal
   * which users exist.
   *
   * @param address the client address
   * @throws Problem 503 `overloaded` when the queue is full
   */
  async verify(password: string, hash: string | undefined, address: string): Promise<boolean> {
    const [, memory, passes, parallelism, salt, digest] = (hash === undefined ? null : PHC.exec(hash)) ?? [];
    if (salt === undefined || digest === undefined) {
      await this.derive(password, address, randomBytes(SALT_BYTES), COST);
      return false;
    }
    const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
    const expected = Buffer.from(digest, 'base64');
    return timingSafeEqual(await this.derive(password, address, Buffer.from(salt, 'base64'), cost), expected);
  }

  private async derive(password: string, address: string, nonce: Buffer, cost: typeof COST): Promise<Buffer> {
    const parameters = { ...cost, message: normalize(password), nonce, tagLength: DIGEST_BYTES };
    try {
      return await this.queue.run(addressTracker(address), () => deriveKey('argon2id', parameters));
    } catch (error) {
      if (!(error instanceof QueueFull)) throw error;
      throw new Problem('overloaded', {
        detail: 'Too many passwords are being verified. Try again later.',
        headers: { 'retry-after': '1' },
      });
    }
  }
}

/** Unicode form NFKC, so that keyboards that compose letters differently agree (NIST SP 800-63B, 3.1.1.2). */
export const normalize = (password: string): string => password.normalize('NFKC');
