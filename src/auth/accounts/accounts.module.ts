import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { InstrumentationModule } from '../../instrumentation/instrumentation.module';
import { ThrottlingModule } from '../../throttling/throttling.module';
import { AuditModule } from '../audit/audit.module';
import { AccessTokens } from './access-tokens';
import { FailedSignIns } from './failed-sign-ins';
import { OwnSessionsController } from './own-sessions.controller';
import { OwnSessions } from './own-sessions.service';
import { PasswordAttempts } from './password-attempts';
import { PasswordHashing } from './password-hashing';
import { Session } from './session.entity';
import { Sessions } from './sessions.service';
import { SignInController } from './sign-in.controller';
import { User } from './user.entity';
import { UsersController } from './users.controller';
import { Users } from './users.service';

/** Users with passwords and their sessions. Enabled by AUTH_LOCAL, for organisations without an identity provider. */
@Module({
  imports: [TypeOrmModule.forFeature([User, Session]), ThrottlingModule, AuditModule, InstrumentationModule],
  controllers: [UsersController, SignInController, OwnSessionsController],
  providers: [AccessTokens, FailedSignIns, OwnSessions, PasswordAttempts, PasswordHashing, Sessions, Users],
  exports: [Sessions],
})
export class AccountsModule {}
