import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';

const SERVER = 2;
const PATIENCE_MS = 5000;

export interface Span {
  traceId: string;
  spanId: string;
  /** Undefined for the root span. */
  parentSpanId?: string;
  name: string;
  isServer: boolean;
  attributes: Record<string, unknown>;
  ms: number;
}

interface Attribute {
  key: string;
  value: Record<string, unknown>;
}

interface Export {
  resourceSpans: {
    resource: { attributes: Attribute[] };
    scopeSpans: {
      spans: (Omit<Span, 'attributes'> & {
        kind: number;
        attributes: Attribute[];
        startTimeUnixNano: string;
        endTimeUnixNano: string;
      })[];
    }[];
  }[];
}

const read = (attributes: Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** A receiver of spans: OTLP over HTTP, as JSON. */
export class TraceSink {
  readonly spans: Span[] = [];

  /** The resource attributes of the service. */
  resource: Record<string, unknown> = {};

  /** Everything that was received, as text. */
  text = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<TraceSink> {
    const server = createServer((request, response) => {
      void json(request).then((body) => {
        sink.take(body as Export);
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
    const sink = new TraceSink(server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return sink;
  }

  /** The environment of a service that sends its spans here. */
  get environment(): Record<string, string> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    };
  }

  /** The spans of a trace, once its server span, the last to end, has arrived. */
  async trace(traceId: string): Promise<Span[]> {
    const spans = () => this.spans.filter((span) => span.traceId === traceId);
    for (const deadline = Date.now() + PATIENCE_MS; !spans().some(({ isServer }) => isServer); await sleep(20))
      if (Date.now() > deadline) throw new Error(`No server span came for ${traceId}`);
    return spans();
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  private take(body: Export): void {
    this.text += JSON.stringify(body);
    for (const { resource, scopeSpans } of body.resourceSpans) {
      this.resource = read(resource.attributes);
      for (const span of scopeSpans.flatMap(({ spans }) => spans))
        this.spans.push({
          ...span,
          isServer: span.kind === SERVER,
          attributes: read(span.attributes),
          ms: Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1e6,
        });
    }
  }
}
