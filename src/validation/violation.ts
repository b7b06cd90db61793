/** What can be wrong with one field or parameter: the `code` of an entry of `errors`. */
export const violationCodes = {
  unknown_field: 'No such field.',
  unknown_parameter: 'No such query parameter.',
  repeated_parameter: 'The parameter may be given once; separate several values by commas.',
  required: 'The field is missing.',
  invalid_type: 'The value has the wrong JSON type.',
  invalid_value: 'The value is not one of those allowed.',
  invalid_format: 'The text has not the form that the field asks for.',
  invalid_character: 'The text holds NUL or a lone surrogate.',
  number_out_of_range: 'The number is outside the range of the field or of what stays exact.',
  blank: 'The text has no visible character.',
  too_short: 'There are too few characters or entries.',
  too_long: 'There are too many characters, entries or bytes.',
  not_unique: 'An entry stands there twice.',
  immutable: 'The field cannot be changed after creation.',
  reserved: 'The key is reserved for a route.',
  wrong_order: 'The values contradict each other’s order.',
  self_reference: 'A document cannot refer to itself.',
  unknown_reference: 'There is no live document with this key.',
  archived_reference: 'The document referred to is archived.',
  cycle: 'The reference closes a cycle; `path` names its members.',
  tree_too_deep: 'The tree would be deeper than five levels.',
  status_by_transition: 'The status changes by a transition only.',
  missing_for_status: 'Only a draft may lack the field.',
  already_exists: 'The key is taken.',
  key_deleted: 'The key belongs to a deleted document.',
  malformed_json: 'The line is no JSON object.',
  duplicate_key: 'A JSON object names the same member twice.',
  forbidden_key: 'The member name is forbidden.',
  too_deep: 'The JSON text nests deeper than 32 levels.',
  in_use: 'Other documents refer to this one.',
  truncated: 'The count that ends the lines is not theirs: some are missing.',
} as const;

export type ViolationCode = keyof typeof violationCodes;

/** One thing that is wrong with a request; `pointer` (RFC 6901) for bodies, `parameter` for queries, `header` for headers. */
export interface Violation {
  pointer?: string;
  parameter?: string;
  header?: string;
  /** Zero-based place in a bulk request, and the line of an NDJSON body. */
  item?: number;
  line?: number;
  code: ViolationCode;
  detail: string;
  /** The members of a cycle. */
  path?: string[];
}

/** Characters of the input that an answer repeats at the most, so that no error becomes an echo. */
export const MAX_ECHO = 100;

/** Violations that an answer lists at the most, so that no small request asks for a huge one; a bulk request has more. */
export const MAX_ERRORS = 100;

/** One more step of a JSON pointer (RFC 6901). */
export const pointerStep = (segment: string | number): string =>
  `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Input as it may be quoted in a detail. */
export const quote = (input: unknown): string => {
  const text = typeof input === 'string' ? input : String(JSON.stringify(input));
  const characters = [...text.slice(0, 2 * MAX_ECHO + 2)];
  return characters.length > MAX_ECHO ? `“${characters.slice(0, MAX_ECHO - 1).join('')}…”` : `“${text}”`;
};
