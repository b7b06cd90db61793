import '../config/required-node';
import { parseArgs } from 'node:util';
import { withProgress } from '../exchange/import/progress';
import { reportText } from '../exchange/import/report-text';
import { seedCatalogue, seedGenerated } from '../exchange/seed/seed';
import { Failure, runCommand, UsageError } from './command';

const MAX_DOCUMENTS = 10_000_000;

const usage = `Usage: npm run seed                          load the example catalogue (catalog/)
       npm run seed -- --metrics <number> [--domains <number>] [--force]
  --metrics  the number of generated metrics, for load and scale tests
  --domains  the number of generated domains (default 200)
  --force    also generate if NODE_ENV is production
Missing documents are added. Existing documents are not changed.`;

/** @returns undefined for the example catalogue */
function parse(args: string[]) {
  const { values } = parseArgs({
    args,
    options: { metrics: { type: 'string' }, domains: { type: 'string' }, force: { type: 'boolean' } },
  });
  if (values.metrics === undefined) {
    if (values.domains !== undefined || values.force) throw new UsageError('--domains and --force require --metrics');
    return undefined;
  }
  const whole = (option: string, text: string) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= MAX_DOCUMENTS) return value;
    throw new UsageError(`--${option} must be a whole number from 1 to ${MAX_DOCUMENTS}`);
  };
  return {
    metrics: whole('metrics', values.metrics),
    domains: whole('domains', values.domains ?? '200'),
    force: values.force ?? false,
  };
}

void runCommand({
  name: 'seed',
  usage,
  parse,
  run: async ({ app, config }, generated) => {
    if (!generated) {
      const report = await seedCatalogue(app);
      const { created, unchanged, refused } = report.totals();
      if (refused > 0) process.stderr.write(reportText(report.toJson()));
      console.log(`seed: ${created} documents created, ${unchanged} existing, ${refused} refused`);
      return report.exitCode();
    }
    if (config.NODE_ENV === 'production' && !generated.force)
      throw new Failure('NODE_ENV is production: add --force to insert generated metrics');
    const written = await withProgress('metrics', (progress) => seedGenerated(app, generated, progress));
    console.log(`seed: ${written.domains} domains and ${written.metrics} metrics created, the others exist`);
    return 0;
  },
});
