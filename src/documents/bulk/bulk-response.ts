import { Problem } from '../../problems/problem';
import { Representation } from '../../responses/representation';
import { MAX_ERRORS } from '../../validation/violation';
import { type BulkOptions, type BulkResult, MAX_BULK_ERRORS } from './bulk-result';

/**
 * The response to a bulk request: 200 when all items were accepted, 207 when `atomic=false` left some out.
 *
 * @throws Problem 422 `bulk_refused` when an atomic request has a refused item; nothing is written then
 */
export function bulkResponse(written: BulkResult[], { atomic, dryRun }: BulkOptions): Representation {
  const counts = { created: 0, updated: 0, unchanged: 0, refused: 0 };
  for (const { result } of written) counts[result]++;
  const { results, unlisted } = limitErrors(written, counts.refused);
  if (atomic && counts.refused > 0) {
    const refused = `${counts.refused} of ${results.length} items were refused; nothing was written.`;
    throw new Problem('bulk_refused', {
      detail: unlisted > 0 ? `${refused} At least ${unlisted} more errors are not listed.` : refused,
      errors: results.flatMap(({ errors = [] }) => errors),
    });
  }
  const summary = { ...counts, ...(unlisted > 0 && { unlisted_errors: unlisted }) };
  return Representation.of({ dry_run: dryRun, summary, results }, counts.refused > 0 ? 207 : 200);
}

/** Limits the errors of the results to the maximum of a response and adds item and line to each. */
function limitErrors(results: BulkResult[], refused: number): { results: BulkResult[]; unlisted: number } {
  let room = MAX_BULK_ERRORS - refused;
  let unlisted = 0;
  const listed = results.map(({ errors, ...result }): BulkResult => {
    if (!errors) return result;
    const shown = errors.slice(0, Math.min(MAX_ERRORS, room + 1));
    room -= shown.length - 1;
    unlisted += errors.length - shown.length;
    const { item, line } = result;
    return { ...result, errors: shown.map((error) => ({ item, ...(line !== undefined && { line }), ...error })) };
  });
  return { results: listed, unlisted };
}
