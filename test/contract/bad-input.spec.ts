import { TestApp } from '../support/app';
import { completeMetric, domain, objective } from '../support/documents';
import { contentOf, expectProblem, inShort } from './problems';

interface Request {
  method: string;
  url: string;
  body?: unknown;
  headers?: Record<string, string>;
}
/** The defect, the request, the problem in one line (see `inShort`), and headers of the response. */
type Row = [name: string, request: Request, problem: string, headers?: Record<string, string>];

const API = '/api/v1';
const METRICS = `${API}/metrics`;
const DOMAINS = `${API}/domains`;
const OBJECTIVES = `${API}/objectives`;
const USERS = `${API}/users`;
const AUTH = `${API}/auth`;
const PASSWORD = 'three llamas cross at noon';
const KIB = 1024;

const get = (url: string, headers = {}): Request => ({ method: 'GET', url, headers });
const remove = (url: string, headers = {}): Request => ({ method: 'DELETE', url, headers });
const post = (url: string, body?: unknown, headers = {}): Request => ({ method: 'POST', url, body, headers });
const patch = (url: string, body: unknown, headers = {}): Request => ({ method: 'PATCH', url, body, headers });
const put = (url: string, body: unknown, headers = {}): Request => ({ method: 'PUT', url, body, headers });
/** POST of a raw text, which need not be JSON. */
const text = (body: string | Buffer, headers = {}, url = METRICS) => post(url, body, headers);

const metric = (changes: object = {}) => post(METRICS, completeMetric('new', { ...changes }));
const nested = (levels: number) => `{"name":"x","extra":${'{"a":'.repeat(levels - 2)}{}${'}'.repeat(levels - 2)}}`;
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const NO_IDEMPOTENCY_KEY = '400 invalid_header Idempotency-Key: invalid_format';

const THE_URL: Row[] = [
  ['an unknown key', get(`${METRICS}/nobody`), '404 not_found'],
  ['a key with NUL', get(`${METRICS}/a%00b`), '404 not_found'],
  ['a key with NUL, of revisions', get(`${METRICS}/live%00/revisions`), '404 not_found'],
  ['a key with NUL, of one revision', get(`${METRICS}/live%00/revisions/1`), '404 not_found'],
  ['a key with NUL, of a domain’s metrics', get(`${DOMAINS}/revenue%00/metrics`), '404 not_found'],
  ['a key that is none', get(`${METRICS}/%C3%A4%20b`), '404 not_found'],
  ['a key of 129 characters', get(`${METRICS}/${'k'.repeat(129)}`), '404 not_found'],
  ['a key of 2,000 characters', get(`${METRICS}/${'k'.repeat(2000)}`), '414 uri_too_long'],
  ['a deleted key', get(`${METRICS}/deleted`), '404 not_found'],
  ['a version that is none', get(`${METRICS}/live/revisions/1e3`), '404 not_found'],
  ['a version of 9 digits', get(`${METRICS}/live/revisions/999999999`), '404 not_found'],
  ['a version of 20 digits', get(`${METRICS}/live/revisions/99999999999999999999`), '404 not_found'],
  ['an unknown route', get(`${API}/nothing`), '404 not_found'],
  ['an unknown version of the API', get('/api/v2/metrics'), '404 not_found'],
  ['an unknown route with a body', post('/nothing', '{'), '404 not_found'],
  ['a long unknown route', get(`/${'n'.repeat(500)}`), '404 not_found'],
  ['a stray percent sign in the path', get(`${METRICS}/%zz`), '400 invalid_encoding'],
  ['invalid UTF-8 in the path', get(`${METRICS}/%FF%FE`), '400 invalid_encoding'],
  ['a stray percent sign in the query', get(`${METRICS}?q=%zz`), '400 invalid_encoding'],
  ['invalid UTF-8 in the query', get(`${METRICS}?q=%FF`), '400 invalid_encoding'],
  ['invalid UTF-8 in a parameter’s name', get(`${METRICS}?%FF=1`), '400 invalid_encoding'],
  ['an encoded surrogate in the query', get(`${METRICS}?q=%ED%A0%80`), '400 invalid_encoding'],
  ['NUL in the query', get(`${METRICS}?q=a%00`), '400 invalid_parameter ?q invalid_character'],
];

const allow = (allowed: string) => ({ allow: allowed });
const METHODS: Row[] = [
  ['PUT to a list', put(METRICS, {}), '405 method_not_allowed', allow('GET, HEAD, OPTIONS, POST')],
  ['DELETE of a list', remove(METRICS), '405 method_not_allowed', allow('GET, HEAD, OPTIONS, POST')],
  [
    'POST to a document',
    post(`${METRICS}/live`, {}),
    '405 method_not_allowed',
    allow('DELETE, GET, HEAD, OPTIONS, PATCH, PUT'),
  ],
  ['GET of bulk', get(`${METRICS}/bulk`), '405 method_not_allowed', allow('OPTIONS, POST')],
  ['POST to export', post(`${METRICS}/export`), '405 method_not_allowed', allow('GET, HEAD, OPTIONS')],
  ['DELETE of stats', remove(`${METRICS}/stats`), '405 method_not_allowed', allow('GET, HEAD, OPTIONS')],
  ['PATCH of bulk', patch(`${METRICS}/bulk`, '{'), '405 method_not_allowed', allow('OPTIONS, POST')],
  ['GET of transitions', get(`${METRICS}/live/transitions`), '405 method_not_allowed', allow('OPTIONS, POST')],
  ['DELETE of revisions', remove(`${METRICS}/live/revisions`), '405 method_not_allowed', allow('GET, HEAD, OPTIONS')],
  ['GET of a check-in', get(`${OBJECTIVES}/goal/key-results/KR-1`), '405 method_not_allowed', allow('OPTIONS, PATCH')],
  ['POST to liveness', post('/health/live', {}), '405 method_not_allowed', allow('GET, HEAD, OPTIONS')],
  ['TRACE', { method: 'TRACE', url: METRICS }, '405 method_not_allowed', allow('GET, HEAD, OPTIONS, POST')],
  ...['PROPFIND', 'LOCK', 'SEARCH', 'QUERY', 'M-SEARCH', 'PURGE'].map((method): Row => [
    method,
    { method, url: `${METRICS}/live`, body: '<' },
    '405 method_not_allowed',
    allow('DELETE, GET, HEAD, OPTIONS, PATCH, PUT'),
  ]),
  ['PROPFIND of an unknown route', { method: 'PROPFIND', url: '/nothing' }, '404 not_found'],
  ['OPTIONS of an unknown route', { method: 'OPTIONS', url: '/nothing' }, '404 not_found'],
];

const acceptPost = (accepted = 'application/json') => ({ 'accept-post': accepted });
const acceptPatch = { 'accept-patch': 'application/merge-patch+json, application/json' };
const UNSUPPORTED = '415 unsupported_media_type';
const THE_FORM: Row[] = [
  ['JSON that is cut', text('{"name":'), '400 malformed_json'],
  ['JSON with a trailing comma', text('{"name":"x",}'), '400 malformed_json'],
  ['JSON with something after it', text('{"name":"x"} {}'), '400 malformed_json'],
  ['single quotes', text(`{'name':'x'}`), '400 malformed_json'],
  ['NaN', text('{"targets":{"target":NaN}}'), '400 malformed_json'],
  ['Infinity', text('{"targets":{"target":-Infinity}}'), '400 malformed_json'],
  ['a hexadecimal number', text('{"targets":{"target":0x10}}'), '400 malformed_json'],
  ['an empty body', text(''), '400 malformed_json'],
  ['a blank body', text(' \n'), '400 malformed_json'],
  ['no body', post(METRICS, undefined), '400 malformed_json'],
  ['no body of PATCH', { method: 'PATCH', url: `${METRICS}/live` }, '400 malformed_json'],
  ['no body of a bulk request', post(`${METRICS}/bulk`), '400 malformed_json'],
  ['a raw line feed in a string', text('{"name":"a\nb"}'), '400 malformed_json'],
  ['a byte order mark in the middle', text('{"name":\ufeff"x"}'), '400 malformed_json'],
  ['invalid UTF-8 in the body', text(Buffer.from('{"name":"\xff"}', 'latin1')), '400 invalid_encoding'],
  ['a surrogate encoded in UTF-8', text(Buffer.from('{"name":"\xed\xa0\x80"}', 'latin1')), '400 invalid_encoding'],
  ['UTF-16', text(Buffer.from('\ufeff{"name":"x"}', 'utf16le')), '400 invalid_encoding'],
  ['a duplicate key', text('{"name":"a","name":"b"}'), '400 duplicate_key /name duplicate_key'],
  ['a duplicate key, escaped', text('{"name":"a","n\\u0061me":"b"}'), '400 duplicate_key /name duplicate_key'],
  [
    'a duplicate key inside',
    text('{"name":"x","extra":{"list":[{"a":1,"a":2}]}}'),
    '400 duplicate_key /extra/list/0/a duplicate_key',
  ],
  ['__proto__', text('{"name":"x","__proto__":{}}'), '400 forbidden_key /__proto__ forbidden_key'],
  ['__proto__, escaped', text('{"name":"x","__pr\\u006fto__":{}}'), '400 forbidden_key /__proto__ forbidden_key'],
  [
    'constructor inside',
    text('{"name":"x","extra":{"constructor":1}}'),
    '400 forbidden_key /extra/constructor forbidden_key',
  ],
  ['33 levels', text(nested(33)), `400 too_deep /extra${'/a'.repeat(31)} too_deep`],
  ['5,000 levels', text('['.repeat(5000) + ']'.repeat(5000)), `400 too_deep ${'/0'.repeat(32)} too_deep`],
  [
    'a duplicate key of 500 characters',
    text(`{"${'k'.repeat(500)}":1,"${'k'.repeat(500)}":2}`),
    `400 duplicate_key /${'k'.repeat(99)} duplicate_key`,
  ],
  ['no content type', text('{"name":"x"}', { 'content-type': '' }), UNSUPPORTED, acceptPost()],
  ['text', text('name', { 'content-type': 'text/plain' }), UNSUPPORTED, acceptPost()],
  ['a form', text('name=x', { 'content-type': 'application/x-www-form-urlencoded' }), UNSUPPORTED, acceptPost()],
  ['a content type that is none', text('{}', { 'content-type': 'json' }), UNSUPPORTED, acceptPost()],
  ['application/jsonx', text('{}', { 'content-type': 'application/jsonx' }), UNSUPPORTED, acceptPost()],
  ['another charset', text('{}', { 'content-type': 'application/json; charset=latin1' }), UNSUPPORTED, acceptPost()],
  ['NDJSON where it is not taken', text('{}', { 'content-type': 'application/x-ndjson' }), UNSUPPORTED, acceptPost()],
  ...['gzip', 'br', 'identity, gzip', 'x'].map((coding): Row => [
    `a body in ${coding}`,
    text('{"name":"x"}', { 'content-encoding': coding }),
    UNSUPPORTED,
    { 'accept-encoding': 'identity' },
  ]),
  [
    'a merge patch where it is not taken',
    text('{}', { 'content-type': 'application/merge-patch+json' }),
    UNSUPPORTED,
    acceptPost(),
  ],
  [
    'text for a bulk request',
    text('{}', { 'content-type': 'text/plain' }, `${METRICS}/bulk`),
    UNSUPPORTED,
    acceptPost('application/json, application/x-ndjson'),
  ],
  [
    'a JSON Patch',
    patch(`${METRICS}/live`, [], { 'content-type': 'application/json-patch+json' }),
    UNSUPPORTED,
    acceptPatch,
  ],
  ['a document over 1 MiB', metric({ description: 'd'.repeat(KIB * KIB) }), '413 payload_too_large'],
  ['a PUT over 1 MiB', put(`${METRICS}/live`, { name: 'd'.repeat(KIB * KIB) }), '413 payload_too_large'],
  ['a patch over 1 MiB', patch(`${METRICS}/live`, { name: 'd'.repeat(KIB * KIB) }), '413 payload_too_large'],
  [
    'a bulk request over 5 MiB',
    post(`${METRICS}/bulk`, { items: [completeMetric('new', { description: 'd'.repeat(5 * KIB * KIB) })] }),
    '413 payload_too_large',
  ],
];

const INVALID = '422 invalid_document';
const THE_CONTENT: Row[] = [
  ['an array', text('[]'), `${INVALID}  invalid_type`],
  ['null', text('null'), `${INVALID}  invalid_type`],
  ['a string', text('"x"'), `${INVALID}  invalid_type`],
  ['a number', text('1'), `${INVALID}  invalid_type`],
  ['an array as a patch', patch(`${METRICS}/live`, []), `${INVALID}  invalid_type`],
  ['null as a patch', text('null', {}, `${METRICS}/live/transitions`), `${INVALID}  invalid_type`],
  ['an array for PUT', put(`${METRICS}/live`, [], { 'if-match': '*' }), `${INVALID}  invalid_type`],
  ['an empty object', text('{}'), `${INVALID} /name required`],
  ['an unknown field', metric({ nmae: 'x' }), '422 unknown_field /nmae unknown_field'],
  ['an unknown field inside', metric({ data: { source: [] } }), '422 unknown_field /data/source unknown_field'],
  ['a field with / and ~', metric({ 'a/b~c': 1 }), '422 unknown_field /a~1b~0c unknown_field'],
  ['a field of 500 characters', metric({ ['f'.repeat(500)]: 1 }), `422 unknown_field /${'f'.repeat(99)} unknown_field`],
  ['an unknown field in a patch', patch(`${METRICS}/live`, { nmae: 1 }), '422 unknown_field /nmae unknown_field'],
  ['two different faults', metric({ name: '', nmae: 1 }), `${INVALID} /nmae unknown_field, /name blank`],
  ['NUL in a string', text('{"name":"a\\u0000b"}'), '422 invalid_character /name invalid_character'],
  [
    'NUL in a member’s name',
    text('{"name":"x","extra":{"\\u0000":1}}'),
    '422 invalid_character /extra/\0 invalid_character',
  ],
  ['a lone high surrogate', text('{"name":"\\ud83d"}'), '422 invalid_character /name invalid_character'],
  ['a lone low surrogate', text('{"name":"\\ude00 x"}'), '422 invalid_character /name invalid_character'],
  ['surrogates in the wrong order', text('{"name":"\\ude00\\ud83d"}'), '422 invalid_character /name invalid_character'],
  [
    '1e400',
    text('{"name":"x","targets":{"target":1e400}}'),
    '422 number_out_of_range /targets/target number_out_of_range',
  ],
  [
    '1e20, which would come back as an integer beyond 2^53',
    text('{"name":"x","targets":{"target":1e20}}'),
    '422 number_out_of_range /targets/target number_out_of_range',
  ],
  [
    '1e-300, which the database would write out',
    text('{"name":"x","extra":{"n":[1e-300]}}'),
    '422 number_out_of_range /extra/n/0 number_out_of_range',
  ],
  [
    '1e-400, which would become 0',
    text('{"name":"x","extra":{"n":1e-400}}'),
    '422 number_out_of_range /extra/n number_out_of_range',
  ],
  [
    '-1e400',
    text('{"name":"x","targets":{"target":-1e400}}'),
    '422 number_out_of_range /targets/target number_out_of_range',
  ],
  [
    '2^53+1',
    text('{"name":"x","extra":{"n":9007199254740993}}'),
    '422 number_out_of_range /extra/n number_out_of_range',
  ],
  [
    'an integer of 400 digits',
    text(`{"name":"x","extra":{"n":${'9'.repeat(400)}}}`),
    '422 number_out_of_range /extra/n number_out_of_range',
  ],
  [
    'a number of 31 digits, which a double would round',
    text('{"name":"x","targets":{"target":1234567890.123456789012345678901}}'),
    '422 number_out_of_range /targets/target number_out_of_range',
  ],
  ['a name with ESC', metric({ name: 'a\u001b[31mb' }), '422 invalid_character /name invalid_character'],
  ['a bidirectional override', metric({ owner: 'a\u202eb' }), '422 invalid_character /owner invalid_character'],
  ['20,001 values', text(`[${'0,'.repeat(20_000)}0]`), '413 payload_too_large'],
  ['2,001 members', text(`{${times(2001, (n) => `"m${n}":0`).join()}}`), `${INVALID} /m2000 too_long`],
  ['a number as text', metric({ targets: { target: '5' } }), `${INVALID} /targets/target invalid_type`],
  ['null for a field', metric({ owner: null }), `${INVALID} /owner invalid_type`],
  [
    'a document over 64 KiB',
    metric({
      formula: { expression: 'e'.repeat(20_000), numerator: 'e'.repeat(10_000), denominator: 'e'.repeat(10_000) },
      extra: { e: 'e'.repeat(30_000) },
    }),
    `${INVALID}  too_long`,
  ],
  ['a patch to over 64 KiB', patch(`${METRICS}/large`, { extra: { e: 'e'.repeat(30_000) } }), `${INVALID}  too_long`],
  ['read-only fields alone', post(METRICS, { version: 3, created_at: 'x' }), `${INVALID} /name required`],
];

/** Values that a field of a metric refuses: pointer, value, what the violation says. */
const METRIC_LIMITS: [pointer: string, value: unknown, violation: string][] = [
  ['/metric_id', '', 'invalid_format'],
  ['/metric_id', '-a', 'invalid_format'],
  ['/metric_id', 'a b', 'invalid_format'],
  ['/metric_id', 'a/b', 'invalid_format'],
  ['/metric_id', 'ä', 'invalid_format'],
  ['/metric_id', 'a\n', 'invalid_format'],
  ['/metric_id', 'k'.repeat(129), 'invalid_format'],
  ['/metric_id', 7, 'invalid_type'],
  ['/metric_id', 'bulk', 'reserved'],
  ['/metric_id', 'export', 'reserved'],
  ['/metric_id', 'stats', 'reserved'],
  ['/metric_id', 'Stats', 'reserved'],
  ['/name', '', 'blank'],
  ['/name', ' \t\u00a0\u2003', 'blank'],
  ['/name', '\u200b\u2060\ufeff\u00ad', 'blank'],
  ['/name', 'n'.repeat(501), 'too_long'],
  ['/name', '😀'.repeat(501), 'too_long'],
  ['/name', 5, 'invalid_type'],
  ['/short_name', 's'.repeat(101), 'too_long'],
  ['/description', 'd'.repeat(10_001), 'too_long'],
  ['/synonyms', times(51, String), 'too_long'],
  ['/synonyms', 'a', 'invalid_type'],
  ['/synonyms/0', '', 'blank'],
  ['/status', 'live', 'invalid_value'],
  ['/category', 'Operational costs', 'invalid_format'],
  ['/category', 'c'.repeat(65), 'too_long'],
  ['/tier', 'tier-4', 'invalid_value'],
  ['/metric_type', 'x', 'invalid_value'],
  ['/kind', 'x', 'invalid_value'],
  ['/business_domain', 'a b', 'invalid_format'],
  ['/owner', ' ', 'blank'],
  ['/owner', 'o'.repeat(501), 'too_long'],
  ['/contacts/email', 'nobody', 'invalid_format'],
  ['/tags', times(51, (n) => `t${n}`), 'too_long'],
  ['/tags', ['a', 'a'], 'not_unique'],
  ['/tags/0', 'Finance team', 'invalid_format'],
  ['/tags/0', 't'.repeat(65), 'too_long'],
  ['/unit', 'u'.repeat(121), 'too_long'],
  ['/direction', 'up', 'invalid_value'],
  ['/formula', 'a / b', 'invalid_type'],
  ['/formula/language', 'python', 'invalid_value'],
  ['/formula/expression', '', 'blank'],
  ['/grain/0', 'decade', 'invalid_value'],
  ['/grain', ['day', 'day'], 'not_unique'],
  ['/dimensions', times(101, (n) => ({ name: `d${n}` })), 'too_long'],
  ['/dimensions/0', {}, 'required'],
  ['/dimensions/0', 'region', 'invalid_type'],
  ['/data/sources', times(51, () => ({ system: 's' })), 'too_long'],
  ['/targets/target', true, 'invalid_type'],
  ['/targets/target', null, 'invalid_type'],
  ['/depends_on', times(101, (n) => `m${n}`), 'too_long'],
  ['/depends_on', ['live', 'live'], 'not_unique'],
  ['/depends_on/0', 'a b', 'invalid_format'],
  ['/governance/classification', 'secret', 'invalid_value'],
  ['/governance/pii', 'true', 'invalid_type'],
  ['/links', times(51, () => ({ kind: 'doc', url: 'https://example.com' })), 'too_long'],
  ['/links/0/url', 'javascript:alert(1)', 'invalid_format'],
  ['/links/0/url', 'ftp://example.com/a', 'invalid_format'],
  ['/links/0/url', '//example.com', 'invalid_format'],
  ['/links/0/url', 'https://', 'invalid_format'],
  ['/links/0/url', `https://example.com/${'u'.repeat(2048)}`, 'too_long'],
  ['/links/0/kind', 'video', 'invalid_value'],
  ['/extra', [], 'invalid_type'],
  ['/extra', { e: 'e'.repeat(32 * KIB) }, 'too_long'],
];

const LINK = { kind: 'doc', url: 'https://example.com' };
/** A complete metric with one value put at a pointer. */
function metricWith(pointer: string, value: unknown): Record<string, unknown> {
  const document: Record<string, unknown> = completeMetric(
    'new',
    pointer.startsWith('/links/') ? { links: [{ ...LINK }] } : {},
  );
  const path = pointer.slice(1).split('/');
  const last = path.pop() ?? '';
  let at = document;
  for (const [index, name] of path.entries()) {
    at[name] ??= /^\d+$/.test(path[index + 1] ?? last) ? [] : {};
    at = at[name] as Record<string, unknown>;
  }
  at[last] = value;
  return document;
}

const requiredIn: Record<string, string> = { '/dimensions/0': '/dimensions/0/name' };
const FIELDS: Row[] = METRIC_LIMITS.map(([pointer, value, violation], index) => [
  `${pointer} = ${JSON.stringify(value).slice(0, 30)} (${index + 1})`,
  post(METRICS, metricWith(pointer, value)),
  `${INVALID} ${violation === 'required' ? requiredIn[pointer] : pointer} ${violation}`,
]);

const inDomain = (changes: object) => post(DOMAINS, domain('new', { ...changes }));
const inObjective = (changes: object) => post(OBJECTIVES, objective('new', { ...changes }));
const result = (changes: object) =>
  inObjective({ key_results: [{ kr_id: 'KR-1', name: 'First', target: 1, ...changes }] });
const OTHER_RESOURCES: Row[] = [
  ['a domain without a name', post(DOMAINS, {}), `${INVALID} /name required`],
  ['a colour that is none', inDomain({ color: 'red' }), `${INVALID} /color invalid_format`],
  ['an address that is none', inDomain({ contact_email: '@' }), `${INVALID} /contact_email invalid_format`],
  ['51 key areas', inDomain({ key_areas: times(51, String) }), `${INVALID} /key_areas too_long`],
  ['a status of metrics', inDomain({ status: 'draft' }), `${INVALID} /status invalid_value`],
  ['an unknown parent', inDomain({ parent: 'nobody' }), '422 unknown_reference /parent unknown_reference'],
  ['a domain as its own parent', inDomain({ parent: 'new' }), `${INVALID} /parent self_reference`],
  ['a sixth level', inDomain({ parent: 'level-5' }), `${INVALID} /parent tree_too_deep`],
  ['a parent from below', patch(`${DOMAINS}/revenue`, { parent: 'level-3' }), '422 cycle /parent cycle'],
  ['no key result', inObjective({ key_results: [] }), `${INVALID} /key_results too_short`],
  [
    '21 key results',
    inObjective({ key_results: times(21, (n) => ({ kr_id: `K${n}`, name: 'x', target: 1 })) }),
    `${INVALID} /key_results too_long`,
  ],
  [
    'a key result twice',
    inObjective({ key_results: ['KR-1', 'kr-1'].map((kr_id) => ({ kr_id, name: 'x', target: 1 })) }),
    `${INVALID} /key_results/1/kr_id not_unique`,
  ],
  ['11 metrics', result({ metric_ids: times(11, (n) => `m${n}`) }), `${INVALID} /key_results/0/metric_ids too_long`],
  ['a weight of 0', result({ weight: 0 }), '422 number_out_of_range /key_results/0/weight number_out_of_range'],
  [
    'a decrease to a target above the baseline',
    result({ direction: 'decrease', baseline: 1, target: 2 }),
    `${INVALID} /key_results/0/target wrong_order`,
  ],
  [
    'an increase to a target below the baseline',
    result({ direction: 'increase', baseline: 2, target: 1 }),
    `${INVALID} /key_results/0/target wrong_order`,
  ],
  [
    'an unknown metric',
    result({ metric_ids: ['live', 'nobody'] }),
    '422 unknown_reference /key_results/0/metric_ids/1 unknown_reference',
  ],
  ['an unknown domain', inObjective({ domain_id: 'nobody' }), '422 unknown_reference /domain_id unknown_reference'],
  [
    'an open target in an active objective',
    inObjective({ status: 'active', key_results: [{ kr_id: 'KR-1', name: 'x', target: null }] }),
    `${INVALID} /key_results/0/target missing_for_status`,
  ],
  [
    'an end before the start',
    inObjective({ timeframe: { start: '2026-10-02', end: '2026-10-01' } }),
    `${INVALID} /timeframe/end wrong_order`,
  ],
  [
    'a day that does not exist',
    inObjective({ timeframe: { start: '2026-02-30', end: '2026-10-01' } }),
    `${INVALID} /timeframe/start invalid_format`,
  ],
  [
    'a check-in of an unknown key result',
    patch(`${OBJECTIVES}/goal/key-results/KR-9`, { current: 1 }),
    '404 not_found',
  ],
  ['a check-in without a value', patch(`${OBJECTIVES}/goal/key-results/KR-1`, {}), `${INVALID} /current required`],
  [
    'a check-in with text',
    patch(`${OBJECTIVES}/goal/key-results/KR-1`, { current: '5' }),
    `${INVALID} /current invalid_type`,
  ],
];

const targets = (direction: string, critical: number, warning: number, target: number) =>
  metric({ direction, targets: { critical, warning, target } });
const RULES: Row[] = [
  ['targets that fall', targets('increase', 1, 3, 2), `${INVALID} /targets/target wrong_order`],
  [
    'targets that rise',
    targets('decrease', 1, 2, 3),
    `${INVALID} /targets/warning wrong_order, /targets/critical wrong_order`,
  ],
  ['an own dependency', metric({ depends_on: ['new'] }), `${INVALID} /depends_on/0 self_reference`],
  ['a cycle', patch(`${METRICS}/live`, { depends_on: ['user'] }), '422 cycle /depends_on/0 cycle'],
  [
    'an unknown dependency',
    metric({ depends_on: ['live', 'nobody'] }),
    '422 unknown_reference /depends_on/1 unknown_reference',
  ],
  [
    'a deleted dependency',
    metric({ depends_on: ['deleted'] }),
    '422 unknown_reference /depends_on/0 unknown_reference',
  ],
  ['an unknown related metric', metric({ related: ['nobody'] }), '422 unknown_reference /related/0 unknown_reference'],
  [
    'an unknown domain',
    metric({ business_domain: 'nobody' }),
    '422 unknown_reference /business_domain unknown_reference',
  ],
  [
    'an archived dependency of an active metric',
    metric({ status: 'active', depends_on: ['archived'] }),
    `${INVALID} /depends_on/0 archived_reference`,
  ],
  ['a key that is taken', post(METRICS, { metric_id: 'live', name: 'x' }), '409 already_exists'],
  ['a key that is taken, in capitals', post(METRICS, { metric_id: 'LIVE', name: 'x' }), '409 already_exists'],
  ['a deleted key', post(METRICS, { metric_id: 'deleted', name: 'x' }), '409 key_deleted'],
  ['a deleted key, in capitals', post(METRICS, { metric_id: 'DELETED', name: 'x' }), '409 key_deleted'],
  ['a deleted key by PUT', put(`${METRICS}/deleted`, { name: 'x' }, { 'if-none-match': '*' }), '409 key_deleted'],
  [
    'another key in a PUT',
    put(`${METRICS}/live`, completeMetric('other'), { 'if-match': '*' }),
    `${INVALID} /metric_id immutable`,
  ],
  ['another key in a patch', patch(`${METRICS}/live`, { metric_id: 'other' }), `${INVALID} /metric_id immutable`],
  ['a status in a patch', patch(`${METRICS}/live`, { status: 'archived' }), `${INVALID} /status status_by_transition`],
  ['no owner in an active metric', patch(`${METRICS}/live`, { owner: null }), `${INVALID} /owner missing_for_status`],
  [
    'a draft that is not ready, activated',
    post(`${METRICS}/draft/transitions`, { to: 'active' }),
    '422 gate_refused /description missing_for_status, /owner missing_for_status, /business_domain missing_for_status, /formula/expression missing_for_status, /unit missing_for_status',
  ],
  [
    'a deprecation without a reason',
    post(`${METRICS}/live/transitions`, { to: 'deprecated' }),
    '422 gate_refused /replaced_by missing_for_status',
  ],
  ['a step that the lifecycle lacks', post(`${METRICS}/live/transitions`, { to: 'draft' }), '409 invalid_transition'],
  ['a step to the same status', post(`${METRICS}/live/transitions`, { to: 'active' }), '409 invalid_transition'],
  ['a step to nowhere', post(`${METRICS}/live/transitions`, { to: 'gone' }), `${INVALID} /to invalid_value`],
  ['a step without a status', post(`${METRICS}/live/transitions`, {}), `${INVALID} /to required`],
  ['a step of an unknown metric', post(`${METRICS}/nobody/transitions`, { to: 'active' }), '404 not_found'],
  ['restoring what lives', post(`${METRICS}/live/restore`), '409 not_deleted'],
  ['restoring nothing', post(`${METRICS}/nobody/restore`), '404 not_found'],
  [
    'restoring under a deleted domain',
    post(`${METRICS}/orphan/restore`),
    '422 unknown_reference /business_domain unknown_reference',
  ],
  [
    'reverting to a version to come',
    post(`${METRICS}/live/revert`, { version: 99 }),
    `${INVALID} /version invalid_value`,
  ],
  [
    'reverting to version 0',
    post(`${METRICS}/live/revert`, { version: 0 }),
    '422 number_out_of_range /version number_out_of_range',
  ],
  ['reverting to version 1.5', post(`${METRICS}/live/revert`, { version: 1.5 }), `${INVALID} /version invalid_type`],
  [
    'reverting to version 2^31',
    post(`${METRICS}/live/revert`, { version: 2 ** 31 }),
    '422 number_out_of_range /version number_out_of_range',
  ],
  [
    'reverting to version 1e20',
    post(`${METRICS}/live/revert`, '{"version":1e20}'),
    '422 number_out_of_range /version number_out_of_range',
  ],
  ['deleting a metric in use', remove(`${METRICS}/live`), '409 in_use'],
  ['deleting a domain in use', remove(`${DOMAINS}/revenue`), '409 in_use'],
  [
    'moving to an unknown domain',
    remove(`${DOMAINS}/revenue?move_to=nobody`),
    '400 invalid_parameter ?move_to unknown_reference',
  ],
  ['moving to a domain below', remove(`${DOMAINS}/revenue?move_to=level-3`), '400 invalid_parameter ?move_to cycle'],
  [
    'moving to a domain with NUL',
    remove(`${DOMAINS}/revenue?move_to=a%00`),
    '400 invalid_parameter ?move_to invalid_character',
  ],
];

const ndjson = { 'content-type': 'application/x-ndjson' };
const BULK: Row[] = [
  ['an array', post(`${METRICS}/bulk`, []), `${INVALID} /items required`],
  ['null', text('null', {}, `${METRICS}/bulk`), `${INVALID} /items required`],
  ['a document', post(`${METRICS}/bulk`, { name: 'x' }), `${INVALID} /items required`],
  ['no items', post(`${METRICS}/bulk`, { items: [] }), `${INVALID} /items too_short`],
  ['1,001 items', post(`${METRICS}/bulk`, { items: times(1001, () => 0) }), `${INVALID} /items too_long`],
  ['another member', post(`${METRICS}/bulk`, { items: [{}], mode: 'x' }), '422 unknown_field /mode unknown_field'],
  [
    'one bad item among good ones',
    post(`${METRICS}/bulk`, { items: [completeMetric('a'), { name: '' }, completeMetric('b', { x: 1 })] }),
    '422 bulk_refused #1/name blank, #2/x unknown_field',
  ],
  ['an item that is null', post(`${METRICS}/bulk`, { items: [null] }), '422 bulk_refused #0 invalid_type'],
  [
    'an item that is taken',
    post(`${METRICS}/bulk`, { items: [completeMetric('Live')] }),
    '422 bulk_refused #0 already_exists',
  ],
  [
    'one key twice',
    post(`${METRICS}/bulk`, { items: [completeMetric('a'), completeMetric('A')] }),
    '422 bulk_refused #1 already_exists',
  ],
  [
    'an unknown reference',
    post(`${METRICS}/bulk`, { items: [completeMetric('a', { related: ['z'] })] }),
    '422 bulk_refused #0/related/0 unknown_reference',
  ],
  [
    'a cycle among the items',
    post(`${METRICS}/bulk`, {
      items: [completeMetric('a', { depends_on: ['b'] }), completeMetric('b', { depends_on: ['a'] })],
    }),
    '422 bulk_refused #0/depends_on/0 unknown_reference, #1/depends_on/0 cycle',
  ],
  [
    'a line that is no JSON',
    text('{"name":"x"}\n{\n', ndjson, `${METRICS}/bulk`),
    '422 bulk_refused #1 malformed_json',
  ],
  [
    'a line with a duplicate key',
    text('{"name":"x","name":"y"}', ndjson, `${METRICS}/bulk`),
    '422 bulk_refused #0/name duplicate_key',
  ],
  ['2,500,000 lines', text('{\n'.repeat(2_500_000), ndjson, `${METRICS}/bulk`), `${INVALID} /items too_long`],
  [
    '1,001 documents and their count',
    text(`${'{}\n'.repeat(1001)}{"count":1001}`, ndjson, `${METRICS}/bulk`),
    `${INVALID} /items too_long`,
  ],
  ...['{"count":2}', '{"count":0}', '{"count":"1"}', '{"count":null}'].map((count): Row => [
    `one document and ${count}`,
    text(`{"name":"x"}\n\n${count}\n`, ndjson, `${METRICS}/bulk?atomic=false`),
    `${INVALID} /count truncated`,
  ]),
  ['a count alone, not of 0', text('{"count":3}', ndjson, `${METRICS}/bulk`), `${INVALID} /count truncated`],
  [
    'a count that is not the last line',
    text('{"count":0}\n{"name":"x"}', ndjson, `${METRICS}/bulk`),
    '422 bulk_refused #0/name required, #0/count unknown_field',
  ],
  [
    'a line of more than 1 MiB',
    text(`{"name":"x"}\n{"name":"${'x'.repeat(KIB * KIB)}"}`, ndjson, `${METRICS}/bulk`),
    '422 bulk_refused #1 too_long',
  ],
  ['an empty NDJSON body', text('', ndjson, `${METRICS}/bulk`), '400 malformed_json'],
  ['a blank NDJSON body', text('\n\n', ndjson, `${METRICS}/bulk`), `${INVALID} /items too_short`],
  [
    'invalid UTF-8 in NDJSON',
    text(Buffer.from('{"name":"\xff"}', 'latin1'), ndjson, `${METRICS}/bulk`),
    '400 invalid_encoding',
  ],
  ['an unknown mode', post(`${METRICS}/bulk?mode=merge`, { items: [{}] }), '400 invalid_parameter ?mode invalid_value'],
  ['atomic=1', post(`${METRICS}/bulk?atomic=1`, { items: [{}] }), '400 invalid_parameter ?atomic invalid_value'],
  [
    'an unknown parameter',
    post(`${METRICS}/bulk?dryrun=true`, { items: [{}] }),
    '400 invalid_parameter ?dryrun unknown_parameter',
  ],
];

const SECRET_ECHO = 'x'.repeat(300);
const WRONG_TAG = '400 invalid_header If-Match: invalid_format';
const PRECONDITIONS: Row[] = [
  ['PUT without a precondition', put(`${METRICS}/live`, completeMetric('live')), '428 precondition_required'],
  ['PUT of an unknown key', put(`${METRICS}/nobody`, { name: 'x' }, { 'if-match': '*' }), '404 not_found'],
  [
    'PUT with a stale tag',
    put(`${METRICS}/live`, completeMetric('live'), { 'if-match': '"9"' }),
    '412 precondition_failed',
    { etag: '"1"' },
  ],
  [
    'PUT to create what exists',
    put(`${METRICS}/live`, completeMetric('live'), { 'if-none-match': '*' }),
    '412 precondition_failed',
  ],
  [
    'PATCH with a stale tag',
    patch(`${METRICS}/live`, { unit: 'EUR' }, { 'if-match': '"9", "8"' }),
    '412 precondition_failed',
    { etag: '"1"' },
  ],
  [
    'DELETE with a stale tag',
    remove(`${METRICS}/draft`, { 'if-match': '"9"' }),
    '412 precondition_failed',
    { etag: '"1"' },
  ],
  [
    'a step with a stale tag',
    post(`${METRICS}/live/transitions`, { to: 'deprecated', reason: 'old' }, { 'if-match': '"9"' }),
    '412 precondition_failed',
    { etag: '"1"' },
  ],
  [
    'restore with a stale tag',
    post(`${METRICS}/deleted/restore`, undefined, { 'if-match': '"9"' }),
    '412 precondition_failed',
  ],
  [
    'a revert with a stale tag',
    post(`${METRICS}/live/revert`, { version: 1 }, { 'if-match': '"9"' }),
    '412 precondition_failed',
    { etag: '"1"' },
  ],
  [
    'a check-in with a stale tag',
    patch(`${OBJECTIVES}/goal/key-results/KR-1`, { current: 1 }, { 'if-match': '"9"' }),
    '412 precondition_failed',
  ],
  [
    'a weak tag',
    patch(`${METRICS}/live`, { unit: 'EUR' }, { 'if-match': 'W/"1"' }),
    '412 precondition_failed',
    { etag: '"1"' },
  ],
  [
    'a tag that is not ours',
    patch(`${METRICS}/live`, { unit: 'EUR' }, { 'if-match': '"abc"' }),
    '412 precondition_failed',
    { etag: '"1"' },
  ],
  ['a tag without quotes', patch(`${METRICS}/live`, { unit: 'EUR' }, { 'if-match': '1' }), WRONG_TAG],
  ['an empty If-Match', remove(`${METRICS}/draft`, { 'if-match': '' }), WRONG_TAG],
  ['a garbage If-Match', remove(`${METRICS}/draft`, { 'if-match': `"1" "2"${SECRET_ECHO}` }), WRONG_TAG],
  [
    'a tag in If-None-Match of a write',
    put(`${METRICS}/x`, { name: 'x' }, { 'if-none-match': '"1"' }),
    '400 invalid_header If-None-Match: invalid_format',
  ],
  ['an empty Idempotency-Key', post(METRICS, { name: 'x' }, { 'idempotency-key': '' }), NO_IDEMPOTENCY_KEY],
  ['an empty quoted Idempotency-Key', post(METRICS, { name: 'x' }, { 'idempotency-key': '""' }), NO_IDEMPOTENCY_KEY],
  [
    'an Idempotency-Key of 256 characters',
    post(METRICS, { name: 'x' }, { 'idempotency-key': 'k'.repeat(256) }),
    NO_IDEMPOTENCY_KEY,
  ],
  ['an Idempotency-Key with a space', post(METRICS, { name: 'x' }, { 'idempotency-key': 'a b' }), NO_IDEMPOTENCY_KEY],
  ...['"', '"a', 'a"', 'a"b', '"a"b"'].map((key): Row => [
    `an Idempotency-Key with a stray quote: ${key}`,
    post(METRICS, { name: 'x' }, { 'idempotency-key': key }),
    NO_IDEMPOTENCY_KEY,
  ]),
  ['an Idempotency-Key beyond ASCII', post(METRICS, { name: 'x' }, { 'idempotency-key': 'é' }), NO_IDEMPOTENCY_KEY],
  [
    'an Idempotency-Key of another body',
    post(METRICS, { name: 'y' }, { 'idempotency-key': 'used' }),
    '422 idempotency_key_reused',
  ],
  [
    'an Idempotency-Key of another route',
    post(DOMAINS, { name: 'y' }, { 'idempotency-key': '"used"' }),
    '422 idempotency_key_reused',
  ],
];

const wrong = (query: string, violation = 'invalid_value', url = METRICS): Row => {
  const parameter = decodeURIComponent(/^([^=&]*)/.exec(query)?.[0].slice(0, 100) ?? '');
  return [
    `${url.slice(API.length)}?${query.slice(0, 60)}`,
    get(`${url}?${query}`),
    `400 invalid_parameter ?${parameter} ${violation}`,
  ];
};
const PARAMETERS: Row[] = [
  ...['', '0', '-1', '+1', '01', '1.0', '1e3', '0x1', '%201', 'one', '9999999999', '1,2'].map((page) =>
    wrong(`page=${page}`),
  ),
  ...['', '0', '101', '1e1', '-5', 'all'].map((limit) => wrong(`limit=${limit}`)),
  ...['unknown=1', 'Page=1', 'page%5B%5D=1', 'tags%5B%5D=a', '__proto__=1', 'constructor=1', '=1', 'select=*'].map(
    (query) => wrong(query, 'unknown_parameter'),
  ),
  ...['page=1&page=2', 'page=1&page=1', 'status=draft&status=active', 'sort=name&sort=tier', 'q=a&q=b'].map((query) =>
    wrong(query, 'repeated_parameter'),
  ),
  ...[
    'sort=',
    'sort=color',
    'sort=--name',
    'sort=name,',
    'sort=name,-name',
    'sort=name%20desc',
    'sort=name,tier,owner,category',
    'sort=id;DROP%20TABLE%20metrics',
  ].map((query) => wrong(query)),
  ...['fields=', 'fields=nmae', 'fields=name,', 'fields=formula.expression', 'fields=*'].map((query) => wrong(query)),
  ...[
    'status=live',
    'status=',
    'status=draft,',
    'status=drafts',
    'tier=tier-9',
    'metric_type=x',
    'kind=x',
    'direction=up',
    'grain=decade',
    'grain_all=x',
    'classification=x',
    'pii=yes',
  ].map((query) => wrong(query)),
  ...[
    'category=',
    'tags=',
    'tags=a,,b',
    'owner=%20',
    'unit=',
    'business_domain=',
    'depends_on=',
    `owner=${'o'.repeat(501)}`,
  ].map((query) => wrong(query)),
  ...['metric_id=a%20b', 'metric_id=', 'metric_id_prefix=%25', 'metric_id_prefix='].map((query) => wrong(query)),
  ...[
    'unresolved=1',
    'unresolved=',
    'include_subdomains=yes',
    'include_deleted=TRUE',
    'missing=',
    'missing=name',
    'missing=owner,color',
  ].map((query) => wrong(query)),
  ...[
    '2026-13-01',
    '2026-02-30',
    'yesterday',
    '2026-11-01T00:00:00',
    '2026-11-01T25:00:00Z',
    '0000-01-01',
    '',
    '2026-11-01T00:00:00%2B16:00',
    '2026-11-01T00:00:00%2B20:00',
    '2026-11-01T00:00:00-23:59',
    '2026-11-01T00:00:00Z%27',
  ].map((moment) => wrong(`updated_after=${moment}`)),
  wrong('created_before=now'),
  wrong(`q=${'q'.repeat(201)}`),
  wrong(`tags=${times(51, (n) => `t${n}`).join(',')}`),
  wrong(`unknown${'u'.repeat(300)}=1`, 'unknown_parameter'),
  wrong('count=exact'),
  wrong('count=all&cursor='),
  wrong('page=1&cursor='),
  wrong('status=archived', 'invalid_value', DOMAINS),
  wrong('tier=tier-1', 'unknown_parameter', DOMAINS),
  wrong('active_on=today', 'invalid_value', OBJECTIVES),
  wrong('active_on=2026-02-30', 'invalid_value', OBJECTIVES),
  wrong('priority=urgent', 'invalid_value', OBJECTIVES),
  wrong('business_domain=revenue', 'unknown_parameter', OBJECTIVES),
  wrong('page=1e3', 'invalid_value', `${DOMAINS}/revenue/metrics`),
  wrong('page=1e3', 'invalid_value', `${DOMAINS}/revenue/objectives`),
  wrong('limit=0', 'invalid_value', `${METRICS}/live/revisions`),
  wrong('page=1', 'unknown_parameter', `${METRICS}/live/revisions`),
  wrong('fields=nmae', 'invalid_value', `${METRICS}/live`),
  wrong('include_deleted=1', 'invalid_value', `${METRICS}/live`),
  wrong('page=1', 'unknown_parameter', `${METRICS}/live`),
  wrong('page=1', 'unknown_parameter', `${METRICS}/export`),
  wrong('status=live', 'invalid_value', `${METRICS}/export`),
  wrong('page=1', 'unknown_parameter', `${METRICS}/stats`),
  wrong('page=1', 'unknown_parameter', `${METRICS}/live/revisions/1`),
  ['a garbage cursor', get(`${METRICS}?cursor=abc`), '400 invalid_cursor ?cursor invalid_value'],
  [
    'a cursor of 5,000 characters',
    get(`${METRICS}?cursor=${'c'.repeat(5000)}`),
    '400 invalid_cursor ?cursor invalid_value',
  ],
  [
    'a garbage cursor of revisions',
    get(`${METRICS}/live/revisions?cursor=abc`),
    '400 invalid_cursor ?cursor invalid_value',
  ],
  ['a page beyond 10,000 rows', get(`${METRICS}?page=201`), '400 page_too_deep ?page invalid_value'],
  ['a page far beyond', get(`${METRICS}?page=999999999&limit=100`), '400 page_too_deep ?page invalid_value'],
  [
    'two wrong parameters',
    get(`${METRICS}?page=0&x=1`),
    '400 invalid_parameter ?x unknown_parameter, ?page invalid_value',
  ],
  [
    'a parameter of POST',
    post(`${METRICS}?dry_run=true`, { name: 'x' }),
    '400 invalid_parameter ?dry_run unknown_parameter',
  ],
  [
    'a parameter of PUT',
    put(`${METRICS}/live?x`, { name: 'x' }, { 'if-match': '*' }),
    '400 invalid_parameter ?x unknown_parameter',
  ],
  [
    'a parameter of PATCH',
    patch(`${METRICS}/live?fields=name`, { unit: 'EUR' }),
    '400 invalid_parameter ?fields unknown_parameter',
  ],
  ['a parameter of DELETE', remove(`${METRICS}/draft?force=true`), '400 invalid_parameter ?force unknown_parameter'],
  [
    'another parameter of a domain’s DELETE',
    remove(`${DOMAINS}/empty?force=true`),
    '400 invalid_parameter ?force unknown_parameter',
  ],
  [
    'a parameter of a step',
    post(`${METRICS}/live/transitions?x=1`, { to: 'deprecated', reason: 'x' }),
    '400 invalid_parameter ?x unknown_parameter',
  ],
  ['a parameter of restore', post(`${METRICS}/deleted/restore?x=1`), '400 invalid_parameter ?x unknown_parameter'],
];

const user = (changes: object) => post(USERS, { name: 'new', role: 'viewer', password: PASSWORD, ...changes });
const signIn = (changes: object, query = '') =>
  post(`${AUTH}/login${query}`, { name: 'ada', password: PASSWORD, ...changes });
const ONCE = { 'idempotency-key': 'a' };
const ACCOUNTS: Row[] = [
  ['an unknown user', get(`${USERS}/nobody`), '404 not_found'],
  ['a change of an unknown user', patch(`${USERS}/nobody`, { role: 'viewer' }), '404 not_found'],
  ['a user with NUL in the name', get(`${USERS}/a%00b`), '404 not_found'],
  ['a change of a user with NUL in the name', patch(`${USERS}/a%00b`, { role: 'viewer' }), '404 not_found'],
  ['DELETE of a user', remove(`${USERS}/ada`), '405 method_not_allowed', allow('GET, HEAD, OPTIONS, PATCH')],
  ['GET of sign-in', get(`${AUTH}/login`), '405 method_not_allowed', allow('OPTIONS, POST')],
  ...['', 'Ada', ' ada', '-ada', 'a/b', 'ada\n', 'ä', 'a'.repeat(101)].map((name): Row => [
    `the name ${JSON.stringify(name.slice(0, 9))}`,
    user({ name }),
    `${INVALID} /name invalid_format`,
  ]),
  ['a name with NUL', user({ name: 'a\0' }), '422 invalid_character /name invalid_character'],
  ['a role that is none', user({ role: 'owner' }), `${INVALID} /role invalid_value`],
  ['a user without a password', user({ password: undefined }), `${INVALID} /password required`],
  ['a password that is a number', user({ password: 123456789012 }), `${INVALID} /password invalid_type`],
  ['a password that is short', user({ password: 'Vq7!mZ2$wLk' }), `${INVALID} /password too_short`],
  ['a password that is common', user({ password: 'password1234' }), `${INVALID} /password invalid_value`],
  [
    'a password of 129 characters',
    user({ password: 'kudzu oxide '.repeat(11).slice(0, 129) }),
    `${INVALID} /password too_long`,
  ],
  ['a password of 1,025 characters', user({ password: 'x'.repeat(1025) }), `${INVALID} /password too_long`],
  ['a hash for a password', user({ password_hash: '$argon2id$' }), '422 unknown_field /password_hash unknown_field'],
  ['a user that there is', user({ name: 'ada' }), '409 conflict'],
  [
    'a common password in a change',
    patch(`${USERS}/ada`, { password: 'password1234' }),
    `${INVALID} /password invalid_value`,
  ],
  ['another name in a change', patch(`${USERS}/ada`, { name: 'eve' }), '422 unknown_field /name unknown_field'],
  ['disabled that is text', patch(`${USERS}/ada`, { disabled: 'yes' }), `${INVALID} /disabled invalid_type`],
  ['sign-in with more than 4 KiB', signIn({ password: 'x'.repeat(4096) }), '413 payload_too_large'],
  ['sign-in without a name', signIn({ name: undefined }), `${INVALID} /name required`],
  ['sign-in with a list of names', signIn({ name: ['ada'] }), `${INVALID} /name invalid_type`],
  ['sign-in with a name of 255 characters', signIn({ name: 'a'.repeat(255) }), `${INVALID} /name too_long`],
  ['sign-in with an object for a password', signIn({ password: { ne: '' } }), `${INVALID} /password invalid_type`],
  ['sign-in with a role', signIn({ role: 'admin' }), '422 unknown_field /role unknown_field'],
  [
    'sign-in with a password in the URL',
    signIn({}, '?password=x'),
    '400 invalid_parameter ?password unknown_parameter',
  ],
  [
    'sign-in by a form',
    post(`${AUTH}/login`, 'name=ada&password=x', { 'content-type': 'application/x-www-form-urlencoded' }),
    UNSUPPORTED,
    acceptPost(),
  ],
  ...['login', 'refresh', 'logout', 'change-password'].map((route): Row => [
    `a secret to be replayed, of ${route}`,
    post(`${AUTH}/${route}`, {}, ONCE),
    '400 invalid_header Idempotency-Key: invalid_value',
  ]),
  [
    'a refresh token that is a number',
    post(`${AUTH}/refresh`, { refresh_token: 1 }),
    `${INVALID} /refresh_token invalid_type`,
  ],
  ['an unknown refresh token', post(`${AUTH}/refresh`, { refresh_token: 'x' }), '401 unauthenticated'],
  [
    'a new password of who has none',
    post(`${AUTH}/change-password`, { current_password: PASSWORD, new_password: 'kudzu panel oxide' }),
    '403 forbidden',
  ],
  ['a parameter of the own name', get(`${AUTH}/me?x=1`), '400 invalid_parameter ?x unknown_parameter'],
];

describe('bad input', () => {
  let app: TestApp;

  const send = ({ method, url, body, headers }: Request) =>
    app.send(method, url, { body, ...(headers && { headers }) });
  const accepted = async (request: Request) => {
    const response = await send(request);
    if (response.status >= 300) throw new Error(`${request.method} ${request.url}: ${response.text}`);
    return response;
  };

  beforeAll(async () => {
    app = await TestApp.start();
    await accepted(post(DOMAINS, domain('revenue')));
    for (const level of [2, 3, 4, 5])
      await accepted(
        post(DOMAINS, domain(`level-${level}`, { parent: level === 2 ? 'revenue' : `level-${level - 1}` })),
      );
    for (const key of ['empty', 'gone']) await accepted(post(DOMAINS, domain(key)));
    await accepted(post(METRICS, completeMetric('live', { status: 'active' })));
    await accepted(post(METRICS, completeMetric('user', { depends_on: ['live'] })));
    await accepted(post(METRICS, { metric_id: 'draft', name: 'Draft' }));
    await accepted(post(METRICS, completeMetric('archived')));
    for (const to of ['active', 'deprecated', 'archived'])
      await accepted(post(`${METRICS}/archived/transitions`, { to, reason: 'old' }));
    await accepted(
      post(METRICS, {
        metric_id: 'large',
        name: 'Large',
        formula: { expression: 'e'.repeat(20_000), numerator: 'e'.repeat(10_000), denominator: 'e'.repeat(10_000) },
      }),
    );
    await accepted(post(METRICS, completeMetric('orphan', { business_domain: 'gone' })));
    await accepted(post(METRICS, { metric_id: 'deleted', name: 'Deleted' }));
    for (const url of [`${METRICS}/deleted`, `${METRICS}/orphan`, `${DOMAINS}/gone`]) await accepted(remove(url));
    await accepted(post(OBJECTIVES, objective('goal', { domain_id: 'revenue' })));
    await accepted(post(METRICS, { name: 'x' }, { 'idempotency-key': 'used' }));
    await accepted(user({ name: 'ada' }));
  });
  afterAll(() => app.stop());

  const sections: Record<string, Row[]> = {
    'the URL': THE_URL,
    'the method': METHODS,
    'the form of the body': THE_FORM,
    'the content of the body': THE_CONTENT,
    'the fields of a metric': FIELDS,
    'domains and objectives': OTHER_RESOURCES,
    'the rules of the catalogue': RULES,
    'bulk requests': BULK,
    'preconditions and idempotency': PRECONDITIONS,
    'query parameters': PARAMETERS,
    accounts: ACCOUNTS,
  };
  describe.each(Object.entries(sections))('%s', (_section, rows) => {
    test.each(rows)('%s is refused and changes nothing', async (_name, request, problem, headers = {}) => {
      const before = await contentOf(app);
      const response = await send(request);
      const input = typeof request.body === 'string' ? request.body : JSON.stringify(request.body ?? '');
      const body = expectProblem(response, `${request.url} ${input}`);
      expect(inShort(body)).toBe(problem);
      expect(response.headers).toMatchObject(headers);
      expect(await contentOf(app)).toEqual(before);
    });
  });

  test.each([
    ['a document', post(METRICS, ' '.repeat(KIB * KIB + 1)), 1_048_576],
    ['a bulk request', post(`${METRICS}/bulk`, ' '.repeat(5 * KIB * KIB + 1)), 5_242_880],
  ])('the problem for %s that is too large has the limit', async (_name, request, limit) => {
    expect((await send(request)).body).toMatchObject({ code: 'payload_too_large', limit });
  });

  test('a cursor of another query or list is refused', async () => {
    const { body } = (await send(get(`${METRICS}?cursor=&limit=1`))) as {
      body: { pagination: { nextCursor: string } };
    };
    for (const url of [`${METRICS}?status=draft`, `${METRICS}?sort=name`, `${DOMAINS}?limit=1`]) {
      const problem = expectProblem(await send(get(`${url}&cursor=${body.pagination.nextCursor}`)));
      expect(inShort(problem)).toBe('400 cursor_mismatch ?cursor invalid_value');
    }
  });

  test('of a thousand faults a hundred are listed, and the detail says that there are more', async () => {
    const faults = Object.fromEntries(times(1000, (index) => [`f${index}`, 1]));
    const ofBody = expectProblem(await send(metric(faults)));
    const ofQuery = expectProblem(await send(get(`${METRICS}?${new URLSearchParams(faults as never).toString()}`)));
    expect([ofBody.errors.length, ofQuery.errors.length]).toEqual([100, 100]);
    expect(ofBody.detail).toContain('more than 100');
    expect(ofQuery.detail).toContain('1000');
  });

  test('a parameter of a route without parameters is unknown', async () => {
    const { errors } = expectProblem(await send(get(`${METRICS}/stats?page=1`)));
    expect(errors).toEqual([
      { parameter: 'page', code: 'unknown_parameter', detail: 'This route takes no parameters.' },
    ]);
  });

  test.each([
    [METRICS, 'GET, HEAD, OPTIONS, POST'],
    [`${METRICS}/live`, 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
    [`${METRICS}/nobody`, 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT'],
    [`${METRICS}/bulk`, 'OPTIONS, POST'],
    [`${METRICS}/export`, 'GET, HEAD, OPTIONS'],
    ['/health/live', 'GET, HEAD, OPTIONS'],
  ])('OPTIONS %s gets 204 with Allow', async (url, allowed) => {
    expect(await send({ method: 'OPTIONS', url })).toMatchObject({
      status: 204,
      text: '',
      headers: { allow: allowed },
    });
  });

  test('HEAD of what is refused has the headers of the problem and no body', async () => {
    const response = await send({ method: 'HEAD', url: `${METRICS}?page=0` });
    expect(response).toMatchObject({ status: 400, text: '' });
    expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
  });

  // What lies just within the limits: a refusal too many would be as wrong.
  test.each<[name: string, request: Request]>([
    ['a name of 500 characters beyond the first plane', post(METRICS, { name: '😀'.repeat(500) })],
    ['a key of 128 characters', post(METRICS, { metric_id: 'k'.repeat(128), name: 'x' })],
    ['a byte order mark', text('\ufeff{"name":"x"}')],
    ['white space around the document', text(' \n{"name":"x"}\t')],
    ['charset=UTF-8', text('{"name":"x"}', { 'content-type': 'application/json; charset=UTF-8' })],
    ['a content type in capitals', text('{"name":"x"}', { 'content-type': 'Application/JSON' })],
    ['32 levels', text(nested(32))],
    ['an escaped pair of surrogates', text('{"name":"\\ud83d\\ude00"}')],
    ['2^53 − 1 and 1e-30', text('{"name":"x","extra":{"a":9007199254740991,"b":1e-30}}')],
    ['a name of one visible character', post(METRICS, { name: '\u200b٪' })],
    ['Content-Encoding: identity', text('{"name":"x"}', { 'content-encoding': 'identity' })],
    ['a tier in capitals', post(METRICS, { name: 'x', tier: 'TIER-1' })],
    ['words in capitals', post(METRICS, { name: 'x', category: 'Operational', tags: ['Finance'] })],
    ['50 tags', post(METRICS, { name: 'x', tags: times(50, (n) => `t${n}`) })],
    ['an extra of 32 KiB', post(METRICS, { name: 'x', extra: { e: 'e'.repeat(32 * KIB - 8) } })],
    [
      'equal targets',
      post(METRICS, { name: 'x', direction: 'increase', targets: { critical: 1, warning: 1, target: 1 } }),
    ],
    ['a link over http', post(METRICS, { name: 'x', links: [{ kind: 'doc', url: 'http://wiki/a?b#c' }] })],
    [
      'the read-only members of a document',
      post(METRICS, { name: 'x', version: 7, created_at: 'x', unresolved_refs: [] }),
    ],
    ['an Idempotency-Key of 255 characters', post(METRICS, { name: 'x' }, { 'idempotency-key': 'k'.repeat(255) })],
    ['a content type without a body', post(`${METRICS}/deleted/restore`, '')],
    ['200 characters to search for', get(`${METRICS}?q=${encodeURIComponent('😀'.repeat(200))}`)],
    ['a search without matches', get(`${METRICS}?q=${encodeURIComponent(`"'\\():*&|!<-> or`)}`)],
    ['the last page', get(`${METRICS}?page=100&limit=100`)],
    [
      'the first moment and the last',
      get(`${METRICS}?updated_after=0001-01-01T00:00:00%2B15:59&updated_before=9999-12-31T23:59:59-15:59`),
    ],
    ['a moment with an offset', get(`${METRICS}?updated_after=2026-11-01T00:00:00.123456%2B05:30`)],
  ])('%s is accepted', async (_name, request) => {
    await accepted(request);
  });
});
