import type { CatalogueFormat } from '../files/catalogue-format';
import { readCsv } from './csv-file';
import { detectDelimiter, mostFrequentDelimiter } from './csv-header';

const EXTENSIONS = ['.csv', '.tsv'];

/** Spreadsheets: CSV with the columns of `columnsOf`. Its rows are streamed, so no parsed value has this format. */
export const csvFormat: CatalogueFormat = {
  name: 'csv',
  detect: () => 0,
  read: () => [],
  streamReader(firstLine, resources, extension) {
    const byExtension = extension !== undefined && EXTENSIONS.includes(extension);
    const delimiter = byExtension ? mostFrequentDelimiter(firstLine) : detectDelimiter(firstLine, resources);
    return delimiter === undefined ? undefined : (path, known) => readCsv(path, known, delimiter);
  },
};
