/** The first Node.js with Argon2id, which hashes passwords. */
const REQUIRED = '24.7.0';

// The first import of each program: with an older version, other modules fail with errors that do not say why.
if (process.versions.node.localeCompare(REQUIRED, 'en', { numeric: true }) < 0) {
  const advice = '`npm ci` installs one as node_modules/.bin/node, unless install scripts are disabled.';
  process.stderr.write(`Node.js ${REQUIRED} or newer is required; this is ${process.versions.node}. ${advice}\n`);
  process.exit(1);
}
