/** The service that commands use instead of a database. */
export interface RemoteService {
  /** As `https://mdl.example.com`. */
  baseUrl: string;
  /** An API key; '' if MDL_KEY is not set. */
  key: string;
}

/** Reads BASE_URL and MDL_KEY. @returns undefined without BASE_URL */
export function readRemoteService(environment: NodeJS.ProcessEnv = process.env): RemoteService | undefined {
  const { BASE_URL: baseUrl, MDL_KEY: key = '' } = environment;
  return baseUrl ? { baseUrl, key } : undefined;
}
