type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  not?: object;
  example?: unknown;
}

interface Operation {
  requestBody?: { content: Record<string, { schema: Schema }> };
}

interface Contract {
  paths: Record<string, Partial<Record<Method, Operation>>>;
  components: { schemas: Record<string, Schema> };
}

const { paths, components } = JSON.parse(open('../openapi.json')) as Contract;

/** All endpoints, such as `GET /api/v1/metrics`. */
export const endpoints: string[] = Object.entries(paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
);

/** The paths of all document collections: they have POST, an item with GET, and a bulk route. */
export const collections: string[] = Object.keys(paths).filter(
  (path) => paths[path]?.post && paths[`${path}/{key}`]?.get && paths[`${path}/bulk`]?.post,
);

/** Makes a document for a collection: the given key, and an example of each other required member. */
export function exampleDocument(collection: string, key: string): Record<string, unknown> {
  const schema = resolve(paths[collection]?.post?.requestBody?.content['application/json']?.schema ?? {});
  // Only the key of a document excludes the reserved words.
  const [keyMember] = Object.entries(schema.properties ?? {}).find(([, { not }]) => not !== undefined) ?? [];
  if (keyMember === undefined) throw new Error(`openapi.json: the documents of ${collection} have no key`);
  return { ...requiredMembers(schema), [keyMember]: key };
}

function requiredMembers({ properties = {}, required = [] }: Schema): Record<string, unknown> {
  return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {})]));
}

function exampleOf(schema: Schema): unknown {
  const { type, example, items = {}, minItems = 0 } = resolve(schema);
  if (example !== undefined) return example;
  if (type === 'array') return Array.from({ length: minItems }, () => exampleOf(items));
  return requiredMembers(resolve(schema));
}

const resolve = (schema: Schema): Schema =>
  schema.$ref === undefined ? schema : (components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
