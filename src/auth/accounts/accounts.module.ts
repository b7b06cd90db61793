import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ThrottlingModule } from '../../throttling/throttling.module';
import { CredentialsModule } from '../credentials/credentials.module';
import { AccessTokens } from './access-tokens';
import { OwnPassword } from './own-password.service';
import { PasswordHashing } from './password-hashing';
import { Session } from './session.entity';
import { Sessions } from './sessions.service';
import { SignInController } from './sign-in.controller';
import { PasswordAttempts } from './password-attempts';
import { User } from './user.entity';
import { UsersController } from './users.controller';
import { Users } from './users.service';

/** Users with passwords and their sessions. Enabled by AUTH_LOCAL, for organisations without an identity provider. */
@Global()
@Module({
  imports: [TypeOrmModule.forFeature([User, Session]), ThrottlingModule, CredentialsModule],
  controllers: [SignInController, UsersController],
  providers: [AccessTokens, OwnPassword, PasswordHashing, Sessions, PasswordAttempts, Users],
  exports: [Sessions],
})
export class AccountsModule {}
