import '../config/required-node';
import { parseArgs } from 'node:util';
import { withProgress } from '../exchange/import/progress';
import { reportText } from '../exchange/import/report-text';
import { runImport } from '../exchange/import/run-import';
import { runCommand, UsageError } from './command';

const usage = `Usage: npm run import -- <file>… [--dry-run] [--refs strict|lenient]
  <file>     NDJSON, JSON or YAML: an export, documents of this service, or a catalogue of the first MDL
  --dry-run  check everything, write nothing
  --refs     lenient (default) stores references to unknown keys and lists them; strict refuses them`;

void runCommand({
  name: 'import',
  usage,
  parse: (args) => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { 'dry-run': { type: 'boolean', default: false }, refs: { type: 'string', default: 'lenient' } },
    });
    if (positionals.length === 0) throw new UsageError('at least one file is required');
    if (values.refs !== 'strict' && values.refs !== 'lenient') throw new UsageError('--refs must be strict or lenient');
    return { paths: positionals, dryRun: values['dry-run'], strict: values.refs === 'strict' };
  },
  run: async ({ app }, { paths, ...options }) => {
    const report = await withProgress('documents', (progress) => runImport(app, paths, options, progress));
    process.stdout.write(reportText(report.toJson()));
    return report.exitCode();
  },
});
