import type { DocumentDefinition } from '../documents/definition/document-definition';
import type { KeyResultDto } from './dto/key-result.dto';
import { ObjectiveDto } from './dto/objective.dto';
import { Objective, type ObjectiveDocument } from './objective.entity';
import { objectiveExamples } from './objective.examples';
import { metricIdsSql, objectiveFields } from './objective.fields';
import { progressOf } from './progress';
import { objectiveRules } from './objective.rules';

/** The metrics that the key results refer to, each with its JSON pointer. */
const metricsOf = (document: Record<string, unknown>) =>
  ((document.key_results as KeyResultDto[] | undefined) ?? []).flatMap(({ metric_ids = [] }, result) =>
    metric_ids.map((key, index) => ({ key, pointer: `/key_results/${result}/metric_ids/${index}` })),
  );

/** The declaration of objectives for the document store. */
export const objectiveDefinition: DocumentDefinition<ObjectiveDocument> = {
  resource: 'objectives',
  singular: 'objective',
  keyMember: 'objective_id',
  exampleKey: 'OBJ-2026-H2-01',
  examples: objectiveExamples,
  entity: Objective,
  fields: objectiveFields,
  schema: ObjectiveDto,
  initialStatus: 'draft',
  references: [
    { to: 'domains', member: 'domain_id', column: 'domain_id', countedAs: 'objective_count' },
    { to: 'objectives', member: 'parent', column: 'parent_id', acyclic: true },
    {
      to: 'metrics',
      member: 'key_results',
      keysSql: metricIdsSql,
      keysOf: metricsOf,
      holdsWhile: `status IN ('draft', 'active', 'on_hold')`,
    },
  ],
  rules: objectiveRules,
  derive: (objective) => ({ ...progressOf(objective, new Date()) }),
};
