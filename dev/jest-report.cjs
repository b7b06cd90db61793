const { writeFileSync } = require('node:fs');

/** Writes the totals of a Jest run to the file MDL_JEST_REPORT. `--json` would print additional lines. */
module.exports = class JestReport {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } = results;
    const totals = { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites };
    writeFileSync(process.env.MDL_JEST_REPORT, JSON.stringify(totals));
  }
};
