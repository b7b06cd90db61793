import { dbtFormat, dbtManifestFormat } from './dbt/dbt-format';
import type { CatalogueFormat } from './files/catalogue-format';

/** The formats of other software. `files/` reads the form of this service and that of the first MDL. */
export const FORMATS: readonly CatalogueFormat[] = [dbtFormat, dbtManifestFormat];
