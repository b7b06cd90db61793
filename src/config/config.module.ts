import { type DynamicModule, Global, Module } from '@nestjs/common';
import { Config } from './config';

/** The settings of the process. Global: nearly every module of the service reads settings. */
@Global()
@Module({})
export class ConfigModule {
  static of(config: Config): DynamicModule {
    return { module: ConfigModule, providers: [{ provide: Config, useValue: config }], exports: [Config] };
  }
}
