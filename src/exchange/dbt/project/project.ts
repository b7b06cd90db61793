import { scanJson } from '../../../body/json-scan';
import { pointerStep } from '../../../validation/violation';
import { isObject, type JsonObject, refused, type RefusedEntry } from '../../files/catalogue-entry';
import type { CataloguePart, FormatEntry } from '../../files/catalogue-format';
import type { Located } from './located';
import type { SemanticModel } from './semantic-model';

/** A metric as a file has it. */
export interface MetricSource extends Located {
  definition: JsonObject;
  /** The semantic model that a metric of dbt 1.12 is written in, or that a measure belongs to. */
  semanticModel: SemanticModel | undefined;
}

export interface Exposure extends Located {
  definition: JsonObject;
}

/** What the files of an import have together. */
export class Project {
  readonly metrics: MetricSource[] = [];
  readonly semanticModels: SemanticModel[] = [];
  /** The owners of groups, by the name of the group. */
  readonly groups = new Map<string, JsonObject>();
  readonly exposures: Exposure[] = [];
  /** What has been found while reading, in the order of the files. */
  readonly entries: FormatEntry[] = [];
}

/** Stands for a value that has no JSON, because it contains itself by an alias or is nested too deeply. */
const DEEPEST = '['.repeat(1000);

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** A file, or one document of it, while its content is added to a project. */
export class PartReader {
  constructor(
    private readonly part: CataloguePart,
    readonly project: Project,
  ) {}

  get value(): unknown {
    return this.part.parsed.value;
  }

  at(pointer: string): Located {
    return { path: this.part.path, line: this.part.parsed.lineOf(pointer), pointer };
  }

  note(pointer: string, detail: string): void {
    this.project.entries.push({ kind: 'note', ...this.at(pointer), detail });
  }

  lose(pointer: string, name: string, detail: string): void {
    this.project.entries.push({ kind: 'loss', ...this.at(pointer), name, detail });
  }

  /** Reports a section that is in the file twice: as in dbt, the last one counts. */
  loseDuplicate(): void {
    const { duplicateMember: place } = this.part.parsed;
    if (place) this.lose(place.pointer, 'duplicate_key', 'The file has this member twice. Only the last one is read.');
  }

  refuse(entry: RefusedEntry): void {
    this.project.entries.push({ ...entry, path: this.part.path });
  }

  /** The first violation in a value of the part. A member that is there twice is a loss: as in dbt, the last one counts. */
  violation(pointer: string, value: unknown): RefusedEntry | undefined {
    const found = this.part.parsed.findViolation(pointer, value);
    if (found?.code !== 'duplicate_key') return found && { kind: 'refused', ...found };
    this.project.entries.push({ ...found, kind: 'loss', path: this.part.path, name: found.code });
    return this.scan(pointer, value);
  }

  /** The same for a value that is made from the part. It finds no duplicate members. */
  scan(pointer: string, value: unknown): RefusedEntry | undefined {
    const [found] = scanJson(jsonOf(value) ?? DEEPEST);
    return found && refused(this.at(pointer), found.code, found.detail);
  }

  /** The objects of a list, or of an object by name. Items that are no object or break a rule of the form are refused. */
  *items(section: string, value: unknown): Generator<{ item: JsonObject; place: Located }> {
    const items = Array.isArray(value) ? value.entries() : isObject(value) ? Object.entries(value) : [];
    for (const [id, item] of items) {
      const place = this.at(section + pointerStep(id));
      // An empty item of a list is a dash without text.
      if (item === null) continue;
      const problem = isObject(item)
        ? this.violation(place.pointer, item)
        : refused(place, 'not_an_object', 'The entry must be an object.');
      if (problem) this.refuse(problem);
      else yield { item: item as JsonObject, place };
    }
  }
}
