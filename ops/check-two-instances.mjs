// Writes through one instance and then reads through the other, in turns. A read without the write is stale.
//   docker compose run --rm -T -e MDL_KEY -e WRITES=100 tools node --input-type=module - <ops/check-two-instances.mjs
const INSTANCES = ['http://api-1:3000', 'http://api-2:3000'];
const writes = Number(process.env.WRITES || 100);
const headers = { authorization: `Bearer ${process.env.MDL_KEY}`, 'content-type': 'application/json' };
const id = `two-instances-${Date.now()}`;
const item = `/api/v1/metrics/${id}`;
const list = `/api/v1/metrics?q=${id}&fields=name`;

async function send(instance, path, method = 'GET', body) {
  const response = await fetch(instance + path, { method, headers, body: body && JSON.stringify(body) });
  if (!response.ok) throw new Error(`${method} ${instance}${path}: ${response.status} ${await response.text()}`);
  return response.status === 204 ? undefined : response.json();
}

await send(INSTANCES[0], '/api/v1/metrics', 'POST', { metric_id: id, name: 'created' });
let stale = 0;
for (let turn = 1; turn <= writes; turn++) {
  const [writer, reader] = turn % 2 ? INSTANCES : INSTANCES.toReversed();
  // Fill the cache of the reader before the write.
  await Promise.all([send(reader, item), send(reader, list)]);
  const name = `written ${turn}`;
  await send(writer, item, 'PATCH', { name });
  const [read, listed] = await Promise.all([send(reader, item), send(reader, list)]);
  stale += Number(read.name !== name) + Number(listed.data[0]?.name !== name);
}
await send(INSTANCES[0], item, 'DELETE');
console.log(`${writes} writes, each read through the other instance as an item and in a list: ${stale} stale`);
process.exitCode = stale === 0 ? 0 : 1;
