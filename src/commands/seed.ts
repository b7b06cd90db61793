import { parseArgs } from 'node:util';
import { Failure, runCommand, UsageError } from './command';
import { withProgress } from '../exchange/import/progress';
import { seedCatalogue, seedGenerated } from '../exchange/seed/seed';

const MOST = 10_000_000;

const usage = `Usage: npm run seed                          the project's own catalogue (catalog/)
       npm run seed -- --metrics <number> [--domains <number>] [--force]
  --metrics  generate so many metrics, for tests of scale
  --domains  over so many generated domains (200)
  --force    generate although NODE_ENV is production
Both add what is missing and change nothing that is there.`;

interface Generated {
  metrics: number;
  domains: number;
  force: boolean;
}

function parse(args: string[]): Generated | undefined {
  const { values } = parseArgs({
    args,
    options: { metrics: { type: 'string' }, domains: { type: 'string' }, force: { type: 'boolean' } },
  });
  if (values.metrics === undefined) {
    if (values.domains !== undefined || values.force) throw new UsageError('--domains and --force go with --metrics');
    return undefined;
  }
  const whole = (option: string, text: string) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= MOST) return value;
    throw new UsageError(`--${option} is a whole number from 1 to ${MOST}`);
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
      const { created, skipped, refused } = report.totals();
      if (refused > 0) process.stderr.write(report.toText());
      console.log(`seed: ${created} documents created, ${skipped} there already, ${refused} refused`);
      return report.exitCode();
    }
    if (config.NODE_ENV === 'production' && !generated.force)
      throw new Failure('NODE_ENV is production: add --force to fill it with made-up metrics');
    const written = await withProgress('metrics', (progress) => seedGenerated(app, generated, progress));
    console.log(`seed: ${written.domains} domains and ${written.metrics} metrics created, the others there already`);
    return 0;
  },
});
