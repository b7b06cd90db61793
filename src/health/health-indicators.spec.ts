import { Logger } from '@nestjs/common';
import { type HealthIndicator, HealthIndicators } from './health-indicators';

describe('HealthIndicators', () => {
  const indicators = new HealthIndicators();
  const read = (check: HealthIndicator['check'], failing?: 'degraded') =>
    indicators.read({ name: 'disk', check, ...(failing && { failing }) });

  beforeEach(() => jest.restoreAllMocks());

  it('returns the reading of the check with its duration', async () => {
    const reading = await read(() => ({ state: 'up', details: { free: 1 } }));
    expect(reading).toEqual({ state: 'up', details: { free: 1 }, latencyMs: expect.any(Number) as number });
  });

  it.each([
    [undefined, 'down'],
    ['degraded', 'degraded'],
  ] as const)('turns an error into a state (failing: %s)', async (failing, state) => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const reading = await read(() => Promise.reject(new Error('refused')), failing);
    expect(reading).toMatchObject({ state, message: 'No response.' });
  });

  it('ends a check that takes longer than a second', async () => {
    jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    expect(await read(() => new Promise(() => undefined))).toMatchObject({
      state: 'down',
      message: 'No response within 1000 ms.',
    });
  });

  it('logs a change of state once', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation();
    const log = jest.spyOn(Logger.prototype, 'log').mockImplementation();
    const one = new HealthIndicators();
    const states = ['up', 'down', 'down', 'up', 'up'] as const;
    for (const state of states) await one.read({ name: 'disk', check: () => ({ state }) });
    expect([warn.mock.calls.length, log.mock.calls]).toEqual([1, [['disk is up again']]]);
  });
});
