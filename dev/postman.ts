import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { installFromNpm } from './installed.ts';
import { Failure, main } from './script.ts';

/** The converter of Postman's own import, and its command-line runner. */
const PACKAGES = ['openapi-to-postmanv2@6.3.3', 'newman@6.2.2'];
const FILE = 'mdl.postman_collection.json';

export interface Item {
  name: string;
  item?: Item[];
  request?: { method: string; header: { key: string; value: string; disabled?: boolean }[] };
}
export type Collection = Record<string, unknown> & { item: Item[] };

interface Converter {
  convertV2(
    input: { type: 'string'; data: string },
    options: object,
    done: (error: Error | null, result?: { result: boolean; reason?: string; output: { data: Collection }[] }) => void,
  ): void;
}

/** The packages of Postman. @returns undefined where they cannot be installed */
export async function loadPostman() {
  const folder = await installFromNpm('postman', PACKAGES);
  if (folder === undefined) return undefined;
  const require = createRequire(join(folder, 'x.js'));
  return { converter: require('openapi-to-postmanv2') as Converter, newman: join(folder, 'node_modules/.bin/newman') };
}

/** Converts an OpenAPI document to a Postman collection: a folder for each tag, optional parameters switched off. */
export const convertToPostman = (converter: Converter, data: string): Promise<Collection> =>
  new Promise<Collection>((resolve, reject) =>
    converter.convertV2(
      { type: 'string', data },
      { folderStrategy: 'Tags', parametersResolution: 'Example', enableOptionalParameters: false },
      (error, result) => {
        const [output] = result?.output ?? [];
        if (error || !output) reject(error ?? new Error(result?.reason));
        else resolve(output.data);
      },
    ),
  ).then((collection) => {
    for (const { request } of collection.item.flatMap(requestsIn)) enableIfMatch(request);
    return collection;
  });

/** The requests of an item: its own, or those in a folder. */
export const requestsIn = (item: Item): Item[] => item.item?.flatMap(requestsIn) ?? [item];

/** Optional headers are switched off, but PUT needs a precondition. */
function enableIfMatch(request: Item['request']): void {
  const ifMatch = request?.header.find(({ key }) => key === 'If-Match');
  if (request?.method === 'PUT' && ifMatch) Object.assign(ifMatch, { value: '*', disabled: false });
}

/** `npm run postman`: writes the collection. */
if (process.argv[1] === resolve('dev/postman.ts'))
  await main('npm run postman', async () => {
    const postman = await loadPostman();
    if (!postman) throw new Failure('the packages of Postman cannot be installed');
    const collection = await convertToPostman(postman.converter, readFileSync('openapi.json', 'utf8'));
    writeFileSync(FILE, `${JSON.stringify(collection, null, 2)}\n`);
    console.log(`${FILE} written`);
    return 0;
  });
