import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { AuditController } from './audit.controller';
import { AuditEntry } from './audit-entry.entity';
import { PaginationModule } from '../../pagination/pagination.module';
import { AuditLog } from './audit-log';
import { AuditRetention } from './audit-retention';

/** The audit log of security events. */
@Module({
  imports: [PaginationModule, TypeOrmModule.forFeature([AuditEntry])],
  controllers: [AuditController],
  providers: [AuditLog, AuditRetention],
  exports: [AuditLog],
})
export class AuditModule {}
