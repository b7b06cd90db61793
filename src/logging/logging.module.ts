import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { Config } from '../config/config';
import { Log } from './log';
import { SlowRequestCounts } from './slow-request-counts';

/** Nest's log through pino. No middleware: request lines come from `request-log.ts`. */
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
