import { type Document, operationsOf } from './document';
import { COMPONENT, pascalCase, type Schema } from './fragments';

/**
 * Moves the enumerations of members to `components`, so that generated clients have one type for `MetricStatus` in
 * responses, requests, patches and filters. The enumeration of the filter
 * `MetricStatusFilter` is `MetricStatus`.
 */
export function shareEnumerations(document: Document): void {
  const { schemas } = document.components;
  const share = (schema: Schema, name: string, isNew: boolean) => {
    const { type, enum: values } = schema;
    if (values === undefined || values.length < 2) return;
    if (isNew) schemas[name] ??= { type, enum: values };
    if (schemas[name]?.enum?.join() !== values.join()) return;
    delete schema.type;
    delete schema.enum;
    schema.$ref = `#/components/schemas/${name}`;
  };
  const valuesOf = (schema: Schema) => [
    schema,
    ...(schema.items ? [schema.items] : []),
    ...((schema.oneOf ?? []) as Schema[]),
  ];
  for (const [name, { properties = {} }] of Object.entries(schemas))
    for (const [member, property] of Object.entries(properties))
      for (const value of valuesOf(property))
        share(value, `${name.replace(/^Create(?=[A-Z])|Patch$/, '')}${pascalCase(member)}`, true);
  for (const { operation } of operationsOf(document))
    for (const { schema, [COMPONENT]: name } of operation.parameters ?? [])
      if (schema && typeof name === 'string')
        for (const value of valuesOf(schema as Schema)) share(value, name.replace(/Filter$/, ''), false);
}
