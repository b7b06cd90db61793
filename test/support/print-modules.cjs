/** Preloaded by `--require`: says in a line of JSON at the end which packages were loaded. */
const { writeSync } = require('node:fs');

process.on('exit', () => {
  const packages = Object.keys(require.cache).flatMap(
    (path) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? [],
  );
  writeSync(1, `${JSON.stringify({ msg: 'loaded', packages: [...new Set(packages)] })}\n`);
});
