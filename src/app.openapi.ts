import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Config } from './config/config';
import { VERSION } from './config/version';
import { describeNdjson, removeImpossibleInUse } from './documents/openapi/corrections';
import { addRequestExamples } from './documents/openapi/request-examples';
import { DocumentStores } from './documents/document-stores';
import { References } from './documents/references/references';
import { plainDocument } from './openapi/document';
import { addExamples } from './openapi/examples';
import { schemaName } from './openapi/fragments';
import { deriveRequestSchemas } from './openapi/request-schemas';
import { addIntegerFormats, removeUnusedSchemas, shareComponents } from './openapi/shared-components';
import { ProblemDto } from './problems/problem.dto';
import { documentProblems } from './problems/problem-documentation';

/** The OpenAPI 3.1 document, generated from the controllers. Without PUBLIC_URL its server is the host that serves it. */
export function createOpenApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Metrics Definition Library')
    .setDescription(
      'One agreed definition of each business metric: its meaning, formula, unit, owner and targets, its business domain, and the objectives whose key results it measures.\n\n' +
        'Every error is `application/problem+json` (RFC 9457) with a stable `code`. Every response reports the remaining rate limit in `RateLimit`. PATCH requests can be `application/json` too.',
    )
    .setVersion(VERSION)
    .addServer(app.get(Config).PUBLIC_URL || '/', 'This service')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addTag('metrics', 'Metric definitions and their lifecycle')
    .addTag('domains', 'The tree of business domains')
    .addTag('objectives', 'Objectives and their key results')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      description: 'An API key (`mdl_live_…`) or an access token of the identity provider.',
    })
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
  removeImpossibleInUse(document, app.get(References));
  documentProblems(document);
  addRequestExamples(document, definitions);
  addExamples(document);
  describeNdjson(document);
  addIntegerFormats(document);
  shareComponents(document);
  removeUnusedSchemas(document);
  return document as unknown as OpenAPIObject;
}
