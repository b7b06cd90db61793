import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Term } from './term.entity';
import { TermsController } from './terms.controller';

@Module({ imports: [TypeOrmModule.forFeature([Term])], controllers: [TermsController] })
export class TermsModule {}
