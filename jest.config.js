/** @type {import('jest').Config} */
module.exports = {
  // Unit tests lie beside the code; the others need the PostgreSQL that dev/test.ts starts.
  testMatch: [
    '<rootDir>/src/**/*.spec.ts',
    '<rootDir>/test/{e2e,contract,schema,consistency,durability,recovery}/**/*.spec.ts',
  ],
  moduleFileExtensions: ['ts', 'js', 'json'],
  transform: { '\\.ts$': '@swc/jest' },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.build/'],
  testEnvironment: 'node',
  // Generous: a busy machine is slow, and no test is about its own duration.
  testTimeout: 120_000,
  maxWorkers: 2,
};
