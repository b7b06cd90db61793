import { randomBytes, timingSafeEqual } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/**
 * The credential with which the service authenticates its own requests (cache warming): random, of this process, in
 * memory only.
 */
@Injectable()
export class ServiceCredential {
  readonly token = randomBytes(32).toString('base64url');

  /** Whether a bearer token is this credential, compared in constant time. */
  matches(token: string): boolean {
    return token.length === this.token.length && timingSafeEqual(Buffer.from(token), Buffer.from(this.token));
  }
}
