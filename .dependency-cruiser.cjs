/**
 * The floors of src/: a folder imports from lower floors only, never from its own or a higher one. A new folder must be
 * given a floor; a folder that is not listed is a resource (`resources` says on what it may build).
 */
const floors = [
  ['config', 'identity', 'instrumentation', 'openapi', 'validation'],
  ['problems', 'health'],
  ['routing', 'database', 'redis'],
  ['pagination', 'generations'],
  ['body', 'responses', 'logging', 'timing', 'server'],
  ['idempotency', 'shutdown', 'cache', 'throttling'],
  ['auth'],
  ['documents'],
];
/** Above the resources. */
const upperFloors = [['exchange'], ['telemetry'], ['operations']];
/** Resources meet in one direction: objectives → metrics → domains. Any other resource stands alone. */
const resources = { domains: [], metrics: ['domains'], objectives: ['metrics', 'domains'] };

const concerns = floors.flat();
const upper = upperFloors.flat();
const folder = (names) => `^src/(${names.join('|')})/`;
const top = '^src/([^/]+\\.ts$|commands/)';
const resource = `^src/(?!(?:${[...concerns, ...upper, 'commands'].join('|')})/)([^/]+)/`;
const spec = '\\.spec\\.ts$';
const dumpingGround = '/(common|utils|util|shared|helpers|helper|lib|core|misc)/';

/** Floors from which `index` must not import: its own (other folders) and all above. */
const imports = (all, offset) =>
  all.flatMap((names, index) =>
    names.map((name) => ({
      name: `floor-${offset + index}-${name}`,
      comment: 'Imports go to lower floors only (.dependency-cruiser.cjs, docs/architecture.md).',
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: '^src/', pathNot: [`^src/${name}/`, ...allowed(offset + index)] },
    })),
  );
/** What a floor may import. Floors are counted from 1; the resources lie between the two lists. */
function allowed(floor) {
  const below = floors.slice(0, floor - 1).flat();
  if (floor <= floors.length) return below.length > 0 ? [folder(below)] : [];
  const above = upperFloors.slice(0, floor - floors.length - 2).flat();
  return [folder([...concerns, ...above]), resource];
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Neither module can be understood, tested or moved without the other.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-folder-cycles',
      comment: 'Neither folder can be taken without the other.',
      severity: 'error',
      scope: 'folder',
      from: { path: '^src/' },
      to: { circular: true },
    },
    ...imports(floors, 1),
    ...imports(upperFloors, floors.length + 2),
    ...Object.entries(resources).map(([name, others]) => ({
      name: `resource-${name}`,
      comment: 'Resources meet in one direction: objectives → metrics → domains.',
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: '^src/', pathNot: [folder([...concerns, name, ...others])] },
    })),
    {
      name: 'resource-of-its-own',
      comment: 'A resource that needs another one is listed in `resources` in .dependency-cruiser.cjs.',
      severity: 'error',
      from: { path: resource, pathNot: [`^src/(${Object.keys(resources).join('|')})/`] },
      to: { path: '^src/', pathNot: [folder(concerns), '^src/$1/'] },
    },
    {
      name: 'nothing-imports-the-top',
      comment: 'What starts and wires the service may use everything; nothing may use it.',
      severity: 'error',
      from: { path: '^src/', pathNot: top },
      to: { path: top },
    },
    {
      name: 'prometheus-in-telemetry-only',
      comment: 'Code that measures counts by itself; src/telemetry reads it at the scrape.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(telemetry|operations)/' },
      to: { path: '(^|/)(prom-client|@willsoto/nestjs-prometheus)(/|$)' },
    },
    {
      name: 'opentelemetry-in-telemetry-only',
      comment: 'It is loaded only where tracing is configured; other code uses src/instrumentation/tracing.ts.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/telemetry/open-telemetry\\.ts$' },
      to: { path: '(^|/)@opentelemetry(/|$)' },
    },
    {
      name: 'no-dumping-ground-imported',
      comment: 'Shared code has a name: a folder says what is in it.',
      severity: 'error',
      from: {},
      to: { path: dumpingGround, pathNot: 'node_modules' },
    },
    {
      name: 'no-dumping-ground',
      comment: 'Shared code has a name: a folder says what is in it.',
      severity: 'error',
      from: { path: dumpingGround, pathNot: 'node_modules' },
      to: {},
    },
    {
      name: 'resolvable',
      comment: 'An import that cannot be resolved is checked by no other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // A test may try whatever it likes.
    exclude: { path: spec },
    // Type-only imports are dependencies too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['require', 'import', 'node', 'default'],
    },
  },
};
