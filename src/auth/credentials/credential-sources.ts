import { Injectable } from '@nestjs/common';
import type { CredentialSource } from './credential-source';

/** Registry of the credential sources that are enabled. Each source registers itself when it is created. */
@Injectable()
export class CredentialSources {
  private readonly sources: CredentialSource[] = [];

  register(source: CredentialSource): void {
    this.sources.push(source);
  }

  /** The source that accepts a token; undefined when no source does. */
  find(token: string): CredentialSource | undefined {
    return this.sources.find((source) => source.accepts(token));
  }
}
