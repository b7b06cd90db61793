import type { DocumentField } from '../../src/documents/definition/document-fields';
import { filterParameters } from '../../src/documents/query/filters';

/** The query parameters of a field with sample values. */
export function samplesOf(name: string, field: DocumentField): { parameter: string; values: string[] }[] {
  if (field.match === 'members') return [{ parameter: `${name}.sample`, values: ['sample', 'other'] }];
  return filterParameters({ [name]: field }).map(({ parameter, single }) => {
    if (parameter === 'missing') return { parameter, values: [name] };
    const [first = sampleOf(field), second = `${sampleOf(field)}2`] = field.values ?? [];
    return { parameter, values: single ? [first] : [first, second] };
  });
}

function sampleOf({ match }: DocumentField): string {
  switch (match) {
    case 'range':
    case 'during':
      return '2026-06-30';
    case 'flag':
      return 'true';
    default:
      return 'sample';
  }
}

/** A sample cursor value of a field. */
export const cursorValue = ({ type }: DocumentField): string => (type === 'timestamptz' ? '2026-06-30' : 'sample');
