import type { ExportFormat } from '../../documents/read/export-formats';
import { csvExport } from '../csv/csv-writer';

/** The formats of exports beside the form of this service. Each line adds one. */
export const EXPORTS: readonly ExportFormat[] = [csvExport];
