import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { Config } from '../config/config';
import { Log } from './log';
import { SlowRequestCounts } from './slow-request';

/** Nest's logger over pino (nestjs-pino). Without its middleware: `request-log.plugin.ts` logs requests. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => ({
        pinoHttp: { logger: Log.of(config).logger, autoLogging: false, wrapSerializers: false },
        forRoutes: [],
      }),
    }),
  ],
  providers: [SlowRequestCounts, { provide: Log, inject: [Config], useFactory: (config: Config) => Log.of(config) }],
  exports: [Log, SlowRequestCounts],
})
export class LoggingModule {}
