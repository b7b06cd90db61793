import type { INestApplicationContext } from '@nestjs/common';
import { ImportEngine } from './import-engine';
import type { ImportOptions } from './import-options';
import type { ImportReport } from './import-report';
import type { Progress } from './progress';

/** Imports files with the services of an application, for commands and tests. */
export const runImport = (
  app: INestApplicationContext,
  paths: readonly string[],
  options: ImportOptions = {},
  progress?: Progress,
): Promise<ImportReport> =>
  app.get(ImportEngine).run(
    paths.map((path) => ({ path, name: path })),
    options,
    progress,
  );
