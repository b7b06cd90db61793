import { runChecks } from './checks.ts';
import { main } from './script.ts';

await main('make lint', async () => {
  const { passed, failed } = await runChecks();
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
});
