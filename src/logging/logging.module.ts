import { Module } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import { Config } from '../config/config';
import { logDestination } from './log-destination';
import { logOptions } from './log-options';

/** Nest's log through pino. No middleware: request lines come from `request-log.ts`. */
@Module({
  imports: [
    LoggerModule.forRootAsync({
      inject: [Config],
      useFactory: (config: Config) => ({
        pinoHttp: {
          ...logOptions(config),
          autoLogging: false,
          ...(!config.LOG_PRETTY && { stream: logDestination() }),
        },
        forRoutes: [],
      }),
    }),
  ],
})
export class LoggingModule {}
