import type { ExportFormat } from '../../documents/read/export-formats';
import { csvExport } from '../csv/csv-writer';
import { ossieExport } from '../ossie/ossie-writer';

/** The formats of exports beside the form of this service. */
export const EXPORTS: readonly ExportFormat[] = [
  csvExport,
  ossieExport,
  // dbt: { name: 'dbt', write: writeDbt }
];
