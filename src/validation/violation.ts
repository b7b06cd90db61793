/** The codes of entries in `errors`, each with its meaning. */
export const violationCodes = {
  unknown_field: 'The field does not exist.',
  unknown_parameter: 'The query parameter does not exist.',
  repeated_parameter: 'The parameter is repeated; separate several values with commas.',
  required: 'The field is missing.',
  invalid_type: 'The value has the wrong JSON type.',
  invalid_value: 'The value is not allowed.',
  invalid_format: 'The text does not have the required format.',
  invalid_character: 'The text contains NUL, a lone surrogate, a control character or a bidirectional override.',
  number_out_of_range: 'The number is out of range for the field or would lose precision.',
  blank: 'The text has no visible character.',
  too_short: 'The value has too few characters or entries.',
  too_long: 'The value has too many characters, entries or bytes.',
  not_unique: 'The list contains an entry twice.',
  immutable: 'The field cannot be changed after creation.',
  reserved: 'The key is reserved for a route.',
  wrong_order: 'Two values are in the wrong order, such as a minimum above its maximum.',
  self_reference: 'The document refers to itself.',
  unknown_reference: 'No document with this key exists, or it is deleted.',
  archived_reference: 'The referenced document is archived.',
  cycle: 'The reference creates a cycle; `path` lists its members.',
  tree_too_deep: 'The tree would exceed five levels.',
  status_by_transition: 'The status can only be changed by a transition.',
  missing_for_status: 'The field is required for every status but draft.',
  already_exists: 'The key is already in use.',
  key_deleted: 'The key belongs to a deleted document.',
  version_conflict: 'The document has changed since the version in the line.',
  deleted_line: 'The line has `deleted_at`, but the document is live.',
  malformed_json: 'The line is not a JSON object.',
  duplicate_key: 'A JSON object has the same member twice.',
  forbidden_key: 'The member name is not allowed.',
  too_deep: 'The JSON is nested deeper than 32 levels.',
  in_use: 'Other documents refer to this one.',
  truncated: 'The count in the last line does not match: lines are missing.',
  malformed_yaml: 'The file is not valid YAML.',
  malformed_csv: 'The file is not valid CSV.',
  invalid_encoding: 'The text is not valid UTF-8.',
  not_an_object: 'A document must be an object.',
  unknown_document: 'The file or document has none of the key members, and none of the known formats.',
  unsupported_document: 'The format is known, but not read.',
  empty_template: 'The template of the first MDL is not filled in.',
  missing_key: 'The key is missing or empty.',
  invalid_key: 'The key is not a string.',
  duplicate_document: 'The file has the key twice.',
  duplicate_column: 'The file has the column twice.',
  unreadable_file: 'The file cannot be read.',
  too_many_errors: 'The rest of the file is not read after 5,000 refused documents.',
  import_conflict: 'The member was changed here and by the source.',
} as const;

export type ViolationCode = keyof typeof violationCodes;

/** One violation in a request; located by `pointer` (RFC 6901) in bodies, `parameter` in queries or `header`. */
export interface Violation {
  pointer?: string;
  parameter?: string;
  header?: string;
  /** Zero-based index in a bulk request, and the line of an NDJSON body. */
  item?: number;
  line?: number;
  code: ViolationCode;
  detail: string;
  /** The members of a cycle. */
  path?: string[];
}

/** The violation of a query parameter with a value that is not allowed. */
export const invalidValue = (parameter: string, detail: string): Violation => ({
  parameter,
  code: 'invalid_value',
  detail,
});

/** Maximum number of characters of the input that a detail quotes. */
export const MAX_ECHO = 100;

/** Maximum number of violations in a response, so that a small request cannot cause a huge response. Bulk requests have a higher limit. */
export const MAX_ERRORS = 100;

/** One segment of a JSON pointer, escaped (RFC 6901). */
export const pointerStep = (segment: string | number): string =>
  `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Quotes input for a detail, shortened to `MAX_ECHO` characters. */
export const quote = (input: unknown): string => {
  const text = typeof input === 'string' ? input : String(JSON.stringify(input));
  if (text.length <= MAX_ECHO) return `“${text}”`;
  const characters = [...text.slice(0, 2 * MAX_ECHO + 2)];
  return characters.length > MAX_ECHO ? `“${characters.slice(0, MAX_ECHO - 1).join('')}…”` : `“${text}”`;
};
