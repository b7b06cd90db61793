// Writes through one instance and then reads through the other, in turns. A read without the write is stale.
//   docker compose run --rm -T -e MDL_KEY -e WRITES=100 -v "$PWD:/mdl:ro" -w /mdl tools node ops/check-two-instances.ts
import { MdlClient } from '../clients/typescript/src/index.ts';

const instances = (process.env['INSTANCES'] ?? 'http://api-1:3000,http://api-2:3000').split(',');
const writes = Number(process.env['WRITES'] ?? 100);
const token = process.env['MDL_KEY'] ?? '';
const key = `two-instances-${Date.now()}`;

const [one, other] = instances.map((baseUrl) => new MdlClient({ baseUrl, ...(token && { token }) })) as [
  MdlClient,
  MdlClient,
];
const readBoth = ({ metrics }: MdlClient) => Promise.all([metrics.get(key), metrics.page({ q: key })]);

await one.metrics.create({ metric_id: key, name: 'created' });
let stale = 0;
for (let turn = 1; turn <= writes; turn++) {
  const [writer, reader] = turn % 2 ? [one, other] : [other, one];
  // Fill the cache of the reader before the write.
  await readBoth(reader);
  const name = `written ${turn}`;
  // With If-Match: the writer was the last reader, so its ETag is current.
  await writer.metrics.patch(key, { name });
  const [read, listed] = await readBoth(reader);
  stale += Number(read.name !== name) + Number(listed.data[0]?.name !== name);
}
await one.metrics.delete(key, { ifMatch: '*' });
console.log(`${writes} writes, each read through the other instance as an item and in a list: ${stale} stale`);
process.exitCode = stale === 0 ? 0 : 1;
