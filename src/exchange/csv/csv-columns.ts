import type { DocumentDefinition } from '../../documents/definition/document-definition';
import { DocumentDto } from '../../documents/definition/document.dto';
import { type JsonSchema, propertiesOf } from '../../validation/schema';
import { isObject } from '../files/catalogue-entry';

/** What the cells of a column hold. `json` is the JSON text of an object or of a list of objects. */
export type CellKind = 'text' | 'number' | 'flag' | 'list' | 'json';

/** A column: a member of a document by its path. */
export interface CsvColumn {
  /** The header: the path, joined by dots. */
  name: string;
  path: readonly string[];
  kind: CellKind;
  /** The first column of its section: its cell `{}` stands for a section without members. */
  opensSection: boolean;
}

/** The columns of a resource, from its schema. Members that are computed when a document is read have none. */
export function columnsOf({ schema }: Pick<DocumentDefinition, 'schema'>): CsvColumn[] {
  const common = propertiesOf(DocumentDto);
  return [...propertiesOf(schema)]
    .filter(([name, { readOnly }]) => !readOnly || common.has(name))
    .flatMap(([name, { schema: own }]) => columnsFor([name], typeof own === 'function' ? own() : own, false));
}

function columnsFor(path: string[], schema: JsonSchema, opensSection: boolean): CsvColumn[] {
  const { properties } = schema;
  if (isObject(properties))
    return Object.entries(properties).flatMap(([name, inner], index) =>
      columnsFor([...path, name], inner as JsonSchema, index === 0),
    );
  return [{ name: path.join('.'), path, kind: kindOf(schema), opensSection }];
}

function kindOf({ type, items }: JsonSchema): CellKind {
  const types = [type].flat();
  if (types.includes('array')) return isObject(items) && items['type'] === 'string' ? 'list' : 'json';
  if (types.includes('object')) return 'json';
  if (types.includes('boolean')) return 'flag';
  return types.includes('number') || types.includes('integer') ? 'number' : 'text';
}
