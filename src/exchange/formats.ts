import { csvFormat } from './csv/csv-format';
import { dbtFormat, dbtManifestFormat } from './dbt/dbt-format';
import type { CatalogueFormat } from './files/catalogue-format';
import { ossieFormat } from './ossie/ossie-format';

/** The formats of other software. `files/` reads the form of this service and that of the first MDL. */
export const FORMATS: readonly CatalogueFormat[] = [csvFormat, dbtFormat, dbtManifestFormat, ossieFormat];

/** The names of all formats, those of the form of this service and of the first MDL included. */
export const FORMAT_NAMES: readonly string[] = ['mdl', 'mdl1', ...FORMATS.map(({ name }) => name)];
