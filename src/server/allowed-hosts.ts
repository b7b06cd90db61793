import { isIP } from 'node:net';
import type { Config } from '../config/config';

/**
 * The check of the header Host by ALLOWED_HOSTS; undefined where any is accepted. A page of another site that lets its
 * name resolve to this machine (DNS rebinding) has its own name in Host, which is neither an address nor localhost.
 */
export function allowedHosts({ ALLOWED_HOSTS, NODE_ENV }: Config): ((host: string) => boolean) | undefined {
  const names = ALLOWED_HOSTS.toLowerCase().split(',').filter(Boolean);
  if (names.includes('*') || (names.length === 0 && NODE_ENV !== 'development')) return undefined;
  return (host) => {
    const [, name = ''] = /^(\[[^\]]*\]|[^:]*)(?::\d*)?$/.exec(host.toLowerCase()) ?? [];
    if (isIP(name.replace(/^\[|\]$/g, '')) !== 0) return true;
    return name === 'localhost' || name.endsWith('.localhost') || names.includes(name);
  };
}
