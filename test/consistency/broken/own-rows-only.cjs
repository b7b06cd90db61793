/** An answer depends on the rows of its own resource alone, although it counts those of others. */
const { dirname, join } = require('node:path');
const { ResourceDependencies } = require(join(dirname(process.argv[1]), 'generations/resource-dependencies.js'));

ResourceDependencies.prototype.of = (resource) => [resource];
