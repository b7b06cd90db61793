import { type Decision } from './decision';
import type { SpooledDocument } from './document-spool';
import type { ImportReport } from './import-report';
import { shortValue, valueAt } from './short-value';

/** The result for one document. */
export interface Outcome {
  place: SpooledDocument;
  /** As it is here, with the prefix of the source. */
  key: string;
  result: 'created' | 'updated' | 'unchanged' | 'refused';
  decision: Decision;
}

/** Adds the result for a document to the report. */
export function reportOutcome(report: ImportReport, names: ReadonlyMap<string, string>, outcome: Outcome): void {
  const { place, key, result, decision } = outcome;
  const { line, pointer } = place;
  const file = report.file(names.get(place.path) ?? place.path);
  for (const detail of decision.notes) file.note({ line, pointer, detail: `${key}: ${detail}` });
  if (result !== 'refused') {
    file.totals[result]++;
    report.conflicts.add(...decision.conflicts);
    return;
  }
  const refusals = decision.violations.map((violation) => {
    const { pointer: inside = '', code, detail } = violation;
    const value = inside === '' ? null : shortValue(valueAt(decision.document, inside));
    return { line, pointer: pointer + inside, code, detail, key, ...(value !== null && { value }) };
  });
  file.refuse(...refusals);
}
