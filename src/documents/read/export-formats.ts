import { Injectable } from '@nestjs/common';
import { Problem } from '../../problems/problem';
import type { DocumentDefinition } from '../definition/document-definition';
import type { ExportFormatName } from '../definition/export-format';

/** Reports something that a format cannot express. Losses are counted by `name`; `detail` names the document. */
export type Lose = (name: string, detail: string) => void;

/** What a format may need beside the documents. */
export interface ExportContext {
  definition: DocumentDefinition;
  /** Start with a byte order mark. */
  bom?: boolean;
  /** Only the losses are used, so a format may leave out the text. */
  countsOnly?: boolean;
}

/** Writes documents in another form than that of this service. */
export interface ExportFormat {
  readonly name: ExportFormatName;
  /** The format can express every document, so nothing is counted before an export. */
  readonly isLossless?: true;
  /**
   * A reference of the documents by which they are grouped: `business_domain`. The document that they refer to comes
   * first in each group. Without filters there is a group for each of those documents.
   */
  readonly groupBy?: string;
  /** Writes the text in pieces. It runs twice over one snapshot, first to count the losses. */
  write(documents: AsyncIterable<Record<string, unknown>>, lose: Lose, context: ExportContext): AsyncIterable<string>;
}

/** The registry of formats for exports. Modules above this one register theirs. */
@Injectable()
export class ExportFormats {
  private readonly formats = new Map<ExportFormatName, ExportFormat>();

  register(format: ExportFormat): void {
    this.formats.set(format.name, format);
  }

  /** @throws Problem 400 `invalid_parameter` for a format that no module has registered */
  find(name: ExportFormatName): ExportFormat {
    const format = this.formats.get(name);
    if (format) return format;
    const detail = `The format ${name} is not installed.`;
    throw new Problem('invalid_parameter', {
      detail,
      errors: [{ parameter: 'format', code: 'invalid_value', detail }],
    });
  }
}
