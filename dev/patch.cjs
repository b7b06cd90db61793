/**
 * Replaces parts of the compiled service, for modules that are preloaded with `node --require`. Each function throws if
 * the part does not exist, so that a renamed class or method is noticed.
 */
const { existsSync } = require('node:fs');
const { dirname, join } = require('node:path');

/** The folder of the compiled program: `.build` for `node .build/main.js`. */
const folder = dirname(process.argv[1]);

function load(file) {
  const path = join(folder, file);
  if (!existsSync(path)) throw new Error(`patch: there is no file ${path}`);
  return { path, exports: require(path) };
}

/** @throws Error if the file has no such export */
function findExport(file, exportName) {
  const { exports } = load(file);
  if (!Object.hasOwn(exports, exportName)) throw new Error(`patch: ${file} has no export ${exportName}`);
  return exports[exportName];
}

/**
 * Replaces a method of an exported class, or a static one.
 * @returns the original method
 * @throws Error if the file, the export or the method does not exist
 */
function patch(file, exportName, member, replacement) {
  const exported = findExport(file, exportName);
  const owner = [exported.prototype, exported].find((one) => one && Object.hasOwn(one, member));
  const original = owner?.[member];
  if (typeof original !== 'function') throw new Error(`patch: ${file} has no method ${exportName}.${member}`);
  owner[member] = replacement;
  return original;
}

/**
 * Replaces an export of a file. Call it before another module imports the file.
 * @returns the original export
 * @throws Error if the file or the export does not exist
 */
function patchExport(file, exportName, replacement) {
  const original = findExport(file, exportName);
  const { path, exports } = load(file);
  // The exports of a compiled module are read-only.
  require.cache[require.resolve(path)].exports = { ...exports, [exportName]: replacement };
  return original;
}

/**
 * Reads a field of an instance. Ends the process if there is no such field: an error in a request would not be
 * noticed.
 */
function field(instance, name) {
  if (name in instance) return instance[name];
  console.error(`patch: ${instance.constructor.name} has no field ${name}`);
  process.exit(1);
}

module.exports = { field, patch, patchExport };
