import type { ImportReportJson, Totals } from './import-report';

/** Formats the report of an import for a terminal or a log. It ends with a newline. */
export function reportText(report: ImportReportJson): string {
  const mentioned = new Set([...report.refused, ...report.notes].map(({ file }) => file));
  const hasContent = ({ name, ...totals }: ImportReportJson['files'][number]) =>
    mentioned.has(name) || Object.values(totals).some((count) => count > 0);
  const files = report.files.filter(hasContent);
  const empty = report.files.length - files.length;
  const lines = [
    ...files.flatMap(({ name, ...totals }) => [
      name,
      `  ${formatTotals(totals)}`,
      ...report.refused
        .filter(({ file }) => file === name)
        .map(({ key, code, detail, value, ...place }) => {
          const found = `${key === undefined ? '' : `${key} `}${code}: ${detail}`;
          return `  ${formatPlace(place)}  ${found}${value === undefined ? '' : ` Value: ${String(value)}`}`;
        }),
      ...report.notes.filter(({ file }) => file === name).map((note) => `  ${formatPlace(note)}  note: ${note.detail}`),
    ]),
    ...(empty > 0 ? [`Files without a document: ${empty}`] : []),
    ...section('Conflicts', report.counts['conflicts'], report.conflicts, (conflict) => {
      const { resource, key, member, base, local, source, kept } = conflict;
      return `${resource}/${key} ${member}: was ${base ?? 'absent'}, here ${local ?? 'absent'}, source ${source ?? 'absent'}; ${kept} kept`;
    }),
    ...section(
      'Dangling references',
      report.counts['dangling'],
      report.dangling,
      ({ resource, key, pointer, to }) => `${resource}/${key} ${pointer} → ${to}`,
    ),
    ...section(
      'Losses',
      report.losses.reduce((sum, { count }) => sum + count, 0),
      report.losses,
      ({ name, count, detail }) => `${name}: ${count} × ${detail}`,
    ),
    ...section(
      'No longer in the source',
      report.counts['removed'],
      report.removed,
      ({ resource, key, action, detail }) => `${resource}/${key} ${action}${detail === undefined ? '' : `: ${detail}`}`,
    ),
    ...Object.entries(report.counts).flatMap(([name, count]) => {
      const listed = report[name as 'refused' | 'notes'].length;
      return count > listed ? [`${count - listed} more entries of ${name} are not listed.`] : [];
    }),
  ];
  lines.push(`${report.dry_run ? 'Dry run, nothing written' : 'Total'}: ${formatTotals(report.totals)}`);
  if (!report.dry_run && !report.written) lines.push('Nothing was written, because documents were refused.');
  return lines.map(printable).join('\n') + '\n';
}

const section = <T>(title: string, count: number | undefined, items: readonly T[], format: (item: T) => string) =>
  count ? [`${title}: ${count}`, ...items.map((item) => `  ${format(item)}`)] : [];

const formatTotals = ({ created, updated, unchanged, refused }: Totals): string =>
  `${created} created, ${updated} updated, ${unchanged} unchanged, ${refused} refused`;

const formatPlace = ({ line, pointer }: { line: number; pointer: string }): string =>
  [line > 0 ? `line ${line}` : '', pointer].filter((part) => part !== '').join(' ') || 'file';

/** Replaces control characters: an escape sequence in a file must not reach the terminal. */
const printable = (line: string): string => line.replace(/\p{Cc}/gu, '�');
