import { Module } from '@nestjs/common';
import { CredentialSources } from './credential-sources';

/** The registry in which credential sources register. */
@Module({ providers: [CredentialSources], exports: [CredentialSources] })
export class CredentialsModule {}
