import { Module } from '@nestjs/common';
import { ExportFormats } from '../../documents/read/export-formats';
import { EXPORTS } from './export-formats';

/** Registers the formats of exports. */
@Module({})
export class ExportModule {
  constructor(formats: ExportFormats) {
    for (const format of EXPORTS) formats.register(format);
  }
}
