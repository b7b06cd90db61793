/** A query parameter that filters: how its values are validated, and its SQL condition. */
export interface FilterParameter {
  parameter: string;
  /** Takes one value, which can contain commas. Otherwise commas separate values. */
  single?: true;
  /** The maximum number of values; `MAX_VALUES` by default. */
  maxValues?: number;
  /** Returns a description of the allowed values when the value is not allowed. */
  check: (value: string) => string | undefined;
  /** Returns the canonical spelling of equivalent values. */
  canonical?: ((value: string) => string) | undefined;
  /** Takes keys of documents of this resource. The condition needs them as the documents spell them. */
  keys?: string | undefined;
  /** JSON Schema for OpenAPI. */
  schema: Record<string, unknown>;
  description: string;
  /** Builds the SQL condition; `bind` returns the placeholder of a value. */
  condition: (values: string[], bind: (value: unknown) => string, resource: string) => string;
}
