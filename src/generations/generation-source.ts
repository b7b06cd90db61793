import { Injectable } from '@nestjs/common';
import { Config } from '../config/config';
import type { Generation } from './generation';
import { GenerationReader } from './generation-reader';

/** A connection that generations are read from. */
export interface GenerationSource {
  /** @throws the error of the connection or of the query */
  read(): Promise<Generation>;
  destroy(): void;
}

/** Connects to the database that generations are read from. */
@Injectable()
export class GenerationSources {
  constructor(private readonly config: Config) {}

  /**
   * @param resources the resources whose generations are read
   * @param onLost called when the connection is closed
   */
  connect(resources: readonly string[], onLost: (source: GenerationSource) => void): Promise<GenerationSource> {
    const { DATABASE_URL, GENERATION_TIMEOUT_MS } = this.config;
    return GenerationReader.connect(DATABASE_URL, resources, GENERATION_TIMEOUT_MS, onLost);
  }
}
