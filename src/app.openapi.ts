import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { Config } from './config/config';
import { DocumentStores } from './documents/document-stores';
import { addRequestExamples } from './documents/openapi/request-examples';
import { removeImpossibleInUse } from './documents/openapi/in-use-documentation';
import { References } from './documents/references/references';
import { ProblemDto } from './problems/problem-documentation';

/** The OpenAPI 3.1 document, generated from the controllers. Without PUBLIC_URL its server is the host that serves it. */
export function createOpenApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Metrics Definition Library')
    .setDescription(
      'One agreed definition of each business metric: its meaning, formula, unit, owner and targets, its business domain, and the objectives whose key results it measures.\n\n' +
        'Every error is `application/problem+json` (RFC 9457) with a stable `code`. Every response reports the remaining rate limit in `RateLimit`; every route except `/health` can return 429 `rate_limited` with `Retry-After`. Every route can return 406 `not_acceptable`, 500 `internal_error`, 503 `database_unavailable` or `overloaded`, and 504 `timeout`.',
    )
    .setVersion('1')
    .addServer(app.get(Config).PUBLIC_URL || '/')
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
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) =>
      `${controller.replace(/Controller$/, '').replace(/^./, (letter) => letter.toLowerCase())}_${method}`,
    extraModels: [ProblemDto],
  });
  addRequestExamples(
    document,
    app.get(DocumentStores).all.map(({ definition }) => definition),
  );
  return removeImpossibleInUse(document, app.get(References));
}
