import { Global, Module } from '@nestjs/common';
import { ServiceCredential } from './service-credential';

/** Principals, roles, and the credential of the service itself. Global: the cache and authentication share it. */
@Global()
@Module({ providers: [ServiceCredential], exports: [ServiceCredential] })
export class IdentityModule {}
