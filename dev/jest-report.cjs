const { writeFileSync } = require('node:fs');

/** Leaves the totals of a Jest run in the file MDL_JEST_REPORT; `--json` would print where it wrote them. */
module.exports = class JestReport {
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites } = results;
    const totals = { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numRuntimeErrorTestSuites };
    writeFileSync(process.env.MDL_JEST_REPORT, JSON.stringify(totals));
  }
};
