import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host';
import { BodyPaceGuard } from './body-pace.guard';
import { MemoryWindows } from './memory-windows';
import { ThrottlingStats } from './throttling-stats';
import { WindowStorage } from './window-storage';

const MIB = 1024 * 1024;

describe('BodyPaceGuard', () => {
  let guard: BodyPaceGuard;

  beforeEach(() => {
    const storage = new WindowStorage({ isConfigured: false } as never, new MemoryWindows());
    guard = new BodyPaceGuard(new ThrottlingStats(storage));
  });

  const activate = (ip: string, headers: Record<string, string>, method = 'POST') => {
    const routeOptions = { bodyLimit: MIB, config: { handler: {} } };
    return guard.canActivate(new ExecutionContextHost([{ method, ip, headers, routeOptions, principal: null }]));
  };
  const sized = (bytes: number) => ({ 'content-length': String(bytes) });
  const refused = expect.objectContaining({ code: 'rate_limited' }) as Error;

  it('lets a client wait for its next large body, and no other client', async () => {
    const start = performance.now();
    expect(activate('192.0.2.1', sized(MIB))).toBe(true);
    const second = activate('192.0.2.1', sized(MIB));
    expect(second).toBeInstanceOf(Promise);
    expect(activate('192.0.2.2', sized(MIB))).toBe(true);
    expect(activate('192.0.2.1', sized(64 * 1024))).toBe(true);
    expect(await second).toBe(true);
    expect(performance.now() - start).toBeGreaterThan(490);
  });

  it('refuses a client that has too many waiting', () => {
    for (let round = 0; round < 11; round++) void activate('192.0.2.1', sized(MIB));
    for (let round = 0; round < 10; round++) void activate('192.0.2.2', sized(1000));
    expect(() => Array.from({ length: 20 }, () => activate('192.0.2.1', sized(MIB)))).toThrow(refused);
    expect(activate('192.0.2.2', sized(MIB))).toBe(true);
  });

  it('counts a body of unknown size as the largest, and none that is not read', () => {
    const client = '192.0.2.1';
    expect(activate(client, sized(2 * MIB))).toBe(true);
    expect(activate(client, sized(MIB), 'GET')).toBe(true);
    expect(activate(client, {})).toBe(true);
    expect(activate(client, { 'transfer-encoding': 'chunked' })).toBe(true);
    expect(activate(client, { 'transfer-encoding': 'chunked' })).toBeInstanceOf(Promise);
  });
});
