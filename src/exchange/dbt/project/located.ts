import type { Place } from '../../files/catalogue-entry';

/** A place in one of the files of an import. */
export interface Located extends Place {
  path: string;
}
