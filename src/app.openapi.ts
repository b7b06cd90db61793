import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Config } from './config/config';
import { VERSION } from './config/version';
import { declareTags, describeNdjson, removeImpossibleInUse } from './documents/openapi/corrections';
import { addRequestExamples } from './documents/openapi/request-examples';
import { DocumentStores } from './documents/document-stores';
import { References } from './documents/references/references';
import { plainDocument } from './openapi/document';
import { mergeEqualComponents } from './openapi/equal-components';
import { addExamples } from './openapi/examples';
import { schemaName } from './openapi/fragments';
import { listNullableTypes } from './openapi/nullable-types';
import { deriveRequestSchemas } from './openapi/request-schemas';
import { addIntegerFormats, removeUnusedSchemas, shareComponents } from './openapi/shared-components';
import { shareEnumerations } from './openapi/shared-enumerations';
import { ProblemDto } from './problems/problem.dto';
import { documentProblems } from './problems/problem-documentation';

/** What is the same for all operations. The documentation page shows it first. */
const DESCRIPTION = `One agreed definition of each business metric: its meaning, formula, unit, owner and targets, its
business domain, and the objectives whose key results it measures.

- **Authentication.** Send an API key or an access token: \`Authorization: Bearer …\`. An administrator creates keys with
  \`POST /api/v1/api-keys\`; \`make dev\` prints one, and allows reads without one.
- **Lists** have pages, \`page=2\`, or a cursor: start with \`cursor=\`, then send \`pagination.nextCursor\` with the same
  filters until it is null.
- **Parameters.** Separate several values by commas, \`tier=tier-1,tier-2\`: a parameter that is repeated, unknown or
  not valid is 400. Booleans are \`true\` and \`false\`.
- **Updates.** Send the \`ETag\` of the document, with its quotes, as \`If-Match\`. 412 means that it has changed since:
  read it again. PATCH requests are JSON merge patches; their media type can be \`application/json\` too.
- **Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`; \`errors\` lists each violation.
- **Retries.** 429 and 503 have \`Retry-After\`, in seconds, if nothing was executed. A POST that takes
  \`Idempotency-Key\` is executed once. \`RateLimit\` reports the remaining requests.`;

/** The OpenAPI 3.1 document, generated from the controllers. Without PUBLIC_URL its server is the host that serves it. */
export function createOpenApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Metrics Definition Library')
    .setDescription(DESCRIPTION)
    .setVersion(VERSION)
    .addServer(app.get(Config).PUBLIC_URL || '/', 'This service')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addTag('metrics', 'Metric definitions and their lifecycle')
    .addTag('domains', 'The tree of business domains')
    .addTag('objectives', 'Objectives and their key results')
    // Of no format: `addBearerAuth` would say JWT.
    .addSecurity('bearer', {
      type: 'http',
      scheme: 'bearer',
      description: 'An API key (`mdl_live_…`) or an access token of the identity provider.',
    })
    .addSecurityRequirements('bearer')
    .addTag('exchange', 'Imports of real catalogues')
    .addTag('access', 'API keys, sign-in and audit log')
    .addTag('operations', 'Health, cache and runtime information for operators')
    .build();
  config.info.contact = { name: 'The maintainers of the Metrics Definition Library' };
  const document = plainDocument(SwaggerModule.createDocument(app, config, { extraModels: [ProblemDto] }));
  const definitions = app.get(DocumentStores).all.map(({ definition }) => definition);
  deriveRequestSchemas(
    document,
    Object.fromEntries(definitions.map(({ schema, keyMember }) => [schemaName(schema), [keyMember, 'version']])),
  );
  listNullableTypes(document);
  declareTags(document, definitions);
  shareEnumerations(document);
  removeImpossibleInUse(document, app.get(References));
  documentProblems(document);
  addRequestExamples(document, definitions);
  addExamples(document);
  describeNdjson(document);
  addIntegerFormats(document);
  shareComponents(document);
  mergeEqualComponents(document);
  removeUnusedSchemas(document);
  return document as unknown as OpenAPIObject;
}
