import { Distribution } from '../instrumentation/distribution';
import type { Generation } from './generation';
import type { GenerationReaderFactory, GenerationSource } from './generation-reader';

export const isTimeout = (error: unknown): boolean => error instanceof Error && /timeout/i.test(error.message);

/** The connection that generations are read from: opened at the first read, and reopened after it was lost. */
export class GenerationConnection {
  /** The duration of each query in seconds; some tenths of a millisecond on a healthy system. */
  readonly times = new Distribution([0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]);

  queries = 0;

  /** When the last query succeeded, in milliseconds since 1970; 0 before that. */
  lastResponseAt = 0;

  /** The last generation of the open connection. After a reconnect it may belong to another epoch. */
  last: Generation | undefined;

  private source: GenerationSource | undefined;

  private connecting: Promise<GenerationSource> | undefined;

  private isClosed = false;

  /** @param resources evaluated at each connect: resources register while the application starts */
  constructor(
    private readonly readers: Pick<GenerationReaderFactory, 'connect'>,
    private readonly resources: () => readonly string[],
  ) {}

  /** Reads the generation. A connection that was lost is replaced once; a timeout is not retried. */
  async read(): Promise<Generation> {
    const { source } = this;
    if (source) {
      try {
        return await this.readFrom(source);
      } catch (error) {
        if (isTimeout(error)) throw error;
      }
    }
    return this.readFrom(await this.connect());
  }

  close(): void {
    this.isClosed = true;
    this.source?.destroy();
  }

  private async readFrom(source: GenerationSource): Promise<Generation> {
    this.queries++;
    try {
      const generation = await source.read();
      this.times.add((performance.now() - generation.queriedAt) / 1000);
      this.lastResponseAt = Date.now();
      return (this.last = generation);
    } catch (error) {
      this.drop(source);
      throw error;
    }
  }

  private connect(): Promise<GenerationSource> {
    this.connecting ??= this.readers
      .connect(this.resources(), (source) => this.drop(source))
      .then((source) => {
        if (this.isClosed) source.destroy();
        return (this.source = source);
      })
      .finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  private drop(source: GenerationSource): void {
    source.destroy();
    if (source !== this.source) return;
    this.source = undefined;
    this.last = undefined;
  }
}
