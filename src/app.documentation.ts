import { hash } from 'node:crypto';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import createServer, { type FastifyInstance } from 'fastify';
import { createOpenApi } from './app.openapi';
import { matchesNone } from './responses/preconditions';

/** Addresses are relative, so that the page works behind a proxy that adds a prefix. */
const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Metrics Definition Library</title>
<link rel="icon" href="data:,">
<div id="reference"></div>
<script src="docs/scalar.js"></script>
<script src="docs/start.js"></script>
</html>
`;

/** Settings of the page: nothing is loaded from or sent to another host, and the key survives a reload. */
const OPTIONS = {
  url: 'openapi.json',
  persistAuth: true,
  authentication: { preferredSecurityScheme: 'bearer' },
  hideModels: true,
  hideClientButton: true,
  showDeveloperTools: 'never',
  documentDownloadType: 'json',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
};

/**
 * Requests go to the host that serves the page, whatever PUBLIC_URL is: the content security policy allows no other.
 * Without a key Scalar sends `Bearer` alone, which is 401 also where anonymous clients can read.
 */
const START = `const servers = [{ url: new URL('.', location).href.slice(0, -1) }];
const onRequestBuilt = ({ request: { headers } }) => {
  if (headers.get('authorization') === 'Bearer') headers.delete('authorization');
};
Scalar.createApiReference('#reference', { ...${JSON.stringify(OPTIONS)}, servers, onRequestBuilt });
`;

/** The script of Scalar. Its package for Fastify contains it, and has no other way to it than the route that it adds. */
async function loadScalar(): Promise<string> {
  const { default: scalar } = await import('@scalar/fastify-api-reference');
  const server = createServer();
  await server.register(scalar, { routePrefix: '/docs', configuration: { url: '/openapi.json' } });
  const { payload } = await server.inject('/docs/js/scalar.js');
  await server.close();
  return payload;
}

/** Serves the OpenAPI document at `/openapi.json` and its interactive documentation at `/docs`. */
export function serveDocumentation(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  serve(fastify, '/openapi.json', 'application/json', () => JSON.stringify(createOpenApi(app)));
  serve(fastify, '/docs', 'text/html', () => PAGE);
  serve(fastify, '/docs/start.js', 'text/javascript', () => START);
  serve(fastify, '/docs/scalar.js', 'text/javascript', loadScalar);
  fastify.get('/docs/', { config: { access: 'public' } }, (_, reply) => reply.redirect('../docs'));
}

/** Serves a text that does not change while the process runs. It is made at the first request. */
function serve(fastify: FastifyInstance, url: string, type: string, make: () => string | Promise<string>): void {
  let text: string | undefined;
  let etag = '';
  fastify.get(url, { config: { access: 'public', produces: [type] } }, async (request, reply) => {
    if (text === undefined) {
      text = await make();
      etag = `W/"${hash('sha256', text, 'base64url').slice(0, 16)}"`;
    }
    void reply.headers({ 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-cache', etag });
    return matchesNone(request.headers['if-none-match'], etag) ? reply.status(304).send() : text;
  });
}
