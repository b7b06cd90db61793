import { getHeapStatistics } from 'node:v8';

/** The memory of the process, in bytes. */
export function readMemory() {
  const { rss, heapUsed, heapTotal, external } = process.memoryUsage();
  return {
    rss_bytes: rss,
    heap_used_bytes: heapUsed,
    heap_total_bytes: heapTotal,
    heap_limit_bytes: getHeapStatistics().heap_size_limit,
    external_bytes: external,
  };
}
