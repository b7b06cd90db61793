import type { ExportFormat } from '../../documents/read/export-formats';
import { csvExport } from '../csv/csv-writer';
import { writeDbt } from '../dbt/write-dbt';
import { ossieExport } from '../ossie/ossie-writer';

/** The formats of exports beside the form of this service. */
export const EXPORTS: readonly ExportFormat[] = [csvExport, ossieExport, { name: 'dbt', write: writeDbt }];
