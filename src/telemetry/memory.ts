import { getHeapStatistics } from 'node:v8';
import type { MemoryDto } from '../operations/runtime-summary.dto';

/** The memory of the process now. */
export function readMemory(): MemoryDto {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  return {
    rss_bytes: rss,
    heap_used_bytes: heapUsed,
    heap_total_bytes: heapTotal,
    heap_limit_bytes: getHeapStatistics().heap_size_limit,
    external_bytes: external,
  };
}
