/** The settings of the cache and of its generations, as a class so that Nest can inject them by type. */
export abstract class CacheSettings {
  abstract readonly DATABASE_URL: string;
  abstract readonly ENABLE_CACHE: boolean;
  abstract readonly ENABLE_COMPRESSION: boolean;
  /** Maximum age of an entry since it was last revalidated, in seconds. */
  abstract readonly CACHE_TTL: number;
  /** Maximum age of an entry since it was created, in seconds. */
  abstract readonly CACHE_MAX_TTL: number;
  abstract readonly CACHE_MAX_ENTRIES: number;
  abstract readonly CACHE_MAX_BYTES: number;
  /** Maximum age of a generation; 0 for entries that are never stale. */
  abstract readonly CACHE_MAX_STALENESS_MS: number;
  /** The longest wait for a generation query before the database counts as unavailable. */
  abstract readonly GENERATION_TIMEOUT_MS: number;
  /** The longest time for a fill, and for a request that waits for one; 0 for no limit. */
  abstract readonly HANDLER_TIMEOUT_MS: number;
  /** Maximum age of a stale entry while the database is unavailable, in seconds. */
  abstract readonly CACHE_STALE_ON_ERROR: number;
}
