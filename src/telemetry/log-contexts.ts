/** The contexts of all loggers of the service. `log-contexts.spec.ts` compares them with the source code. */
export const LOG_CONTEXTS = [
  'ApiKeys',
  'AuditRetention',
  'CacheWarmer',
  'DocumentCounts',
  'Export',
  'FailedSignIns',
  'Generations',
  'GuardedRedis',
  'HealthIndicators',
  'IdentityProvider',
  'Problem',
  'ProviderKeys',
  'ScrapeServer',
  'Server',
  'Shutdown',
  'Tracing',
];
