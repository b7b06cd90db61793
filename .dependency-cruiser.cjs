// Dependencies point one way: resources → concerns. A folder of src that is neither listed here nor on top is a resource.
const concerns = [
  'auth',
  'cache',
  'config',
  'database',
  'documents',
  'health',
  'http',
  'logging',
  'pagination',
  'problems',
  'redis',
  'telemetry',
  'throttling',
  'validation',
];
const concern = `^src/(${concerns.join('|')})/`;
const top = '^src/(import/|main\\.ts$|app[^/]*\\.ts$|[^/]+\\.main\\.ts$)';
const resource = `^src/(?!(?:${concerns.join('|')}|import)/)([^/]+)/`;
const dumpingGround = '/(common|utils|util|shared|helpers|helper|lib|core|misc)/';

/** Which resource may use which other: the arrows of `objectives → metrics → domains`. */
const uses = { objectives: ['metrics', 'domains'], metrics: ['domains'] };

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
      name: 'concerns-know-no-resource',
      comment: 'A new resource must not change how documents are stored, paginated or served; a test may try one.',
      severity: 'error',
      from: { path: concern, pathNot: '\\.spec\\.ts$' },
      to: { path: resource },
    },
    ...Object.entries(uses).map(([name, others]) => ({
      name: `${name}-use-${others.join('-and-')}-only`,
      comment: 'Resources meet in one direction: objectives → metrics → domains.',
      severity: 'error',
      from: { path: `^src/${name}/` },
      to: { path: resource, pathNot: `^src/(${[name, ...others].join('|')})/` },
    })),
    {
      name: 'other-resources-stand-alone',
      comment: 'Add the arrow to `uses` in .dependency-cruiser.cjs when a resource needs another one.',
      severity: 'error',
      from: { path: resource, pathNot: `^src/(${Object.keys(uses).join('|')})/` },
      to: { path: resource, pathNot: '^src/$1/' },
    },
    {
      name: 'nothing-imports-the-top',
      comment: 'What starts and wires the service, and the import, may use everything; nothing may use them.',
      severity: 'error',
      from: { path: '^src/', pathNot: top },
      to: { path: top },
    },
    {
      name: 'prometheus-in-telemetry-only',
      comment: 'Count in plain fields; src/telemetry/ reads them at the scrape, which src/operations/ serves.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(telemetry|operations)/' },
      to: { path: '(^|/)(prom-client|@willsoto/nestjs-prometheus)(/|$)' },
    },
    {
      name: 'opentelemetry-in-telemetry-only',
      comment: 'It is loaded only when it is wanted; who has something to trace tells src/telemetry/tracing.ts.',
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
      comment: 'An import that cannot be found is checked by no other rule.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
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
