/** A response depends only on the rows of its own resource, although it counts those of others. */
const { patch } = require('../../../dev/patch.cjs');

patch('generations/resource-dependencies.js', 'ResourceDependencies', 'of', (resource) => [resource]);
