import '../config/required-node';
import { randomUUID } from 'node:crypto';
import { readRemoteService } from '../config/remote-service';
import type { ImportRecord } from '../exchange/import/import-records';
import { Imports } from '../exchange/import/imports';
import { withProgress } from '../exchange/import/progress';
import { reportText } from '../exchange/import/report-text';
import { Failure, runCommand } from './command';
import { importArguments } from './import-arguments';
import { importRemotely } from './remote-import';

const usage = `Usage: npm run import -- <file or folder>… [options]
  <file>         NDJSON, JSON, YAML or CSV; of a folder its .yml, .yaml, .json, .ndjson and .csv files
  --source       the source, which makes the import a repeated one: what was changed here stays
  --format       the format of the files; found by their content by default
  --unknown      skip (default with a folder) or refuse files without a definition
  --mode         merge (default with a source), upsert (default without one) or create
  --dry-run      check everything, write nothing
  --refs         lenient (default) stores references to unknown keys and lists them; strict refuses them
  --prune        report, flag or deprecate what the source no longer has
  --status       keep, or source to take the status of the source
  --on-conflict  local, source or refuse, where both sides have changed a member
  --atomic       true (default): all documents or none, up to 20,000; false: all that are valid
  --json         print the report as JSON
With BASE_URL set, the files are sent to that service with the API key in MDL_KEY; otherwise DATABASE_URL is used.
Exit codes: 0 accepted, 1 a document was refused or the import failed, 2 wrong arguments.`;

type Arguments = ReturnType<typeof importArguments>;

/** Prints the report. @returns the exit code */
function print({ report, failure }: ImportRecord, { json }: Arguments): number {
  if (!report) throw failure instanceof Error ? failure : new Failure('The import has no report.');
  process.stdout.write(json ? `${JSON.stringify(report, null, 1)}\n` : reportText(report));
  return report.totals.refused > 0 ? 1 : 0;
}

void runCommand({
  name: 'import',
  usage,
  parse: importArguments,
  runWithoutApp: (given) => {
    const service = readRemoteService();
    if (!service) return undefined;
    return withProgress('documents', async (progress) =>
      print(await importRemotely(service, given.paths, given.parameters, progress), given),
    );
  },
  run: async ({ app }, given) => {
    const record = await withProgress('documents', async (progress) => {
      const { ended } = await app.get(Imports).start({
        files: given.paths.map((path) => ({ path, name: path })),
        options: given.options,
        author: { actor: 'import', requestId: randomUUID(), address: '' },
        progress,
      });
      return ended;
    });
    return print(record, given);
  },
});
