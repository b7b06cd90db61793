import type { Config } from '../config/config';
import { HandlerDeadlines } from './handler-deadlines';

describe('the deadlines of handlers', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const deadlines = (HANDLER_TIMEOUT_MS: number) => new HandlerDeadlines({ HANDLER_TIMEOUT_MS } as Config);
  const handler = (mayExpire = () => true) => ({ startedAt: performance.now(), mayExpire, expire: jest.fn() });

  it('end each handler at its own time, and none that has ended', () => {
    const running = deadlines(1000);
    const first = handler();
    running.begin(first);
    jest.advanceTimersByTime(300);
    const second = handler();
    running.begin(second);
    const third = handler();
    running.begin(third);
    jest.advanceTimersByTime(300);
    running.end(third);
    jest.advanceTimersByTime(399);
    expect(first.expire).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect([first.expire.mock.calls.length, second.expire.mock.calls.length]).toEqual([1, 0]);
    jest.advanceTimersByTime(299);
    expect(second.expire).not.toHaveBeenCalled();
    jest.advanceTimersByTime(10_000);
    expect([first, second, third].map(({ expire }) => expire.mock.calls.length)).toEqual([1, 1, 0]);
  });

  it('need one timer for any number of handlers, and none when all is quiet', () => {
    const running = deadlines(1000);
    for (let n = 0; n < 100; n++) {
      const one = handler();
      running.begin(one);
      expect(jest.getTimerCount()).toBe(1);
      running.end(one);
    }
    jest.advanceTimersByTime(1000);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('wait for a handler that must not be stopped, without sparing the others', () => {
    const running = deadlines(1000);
    let isCommitting = true;
    const first = handler(() => !isCommitting);
    const second = handler();
    running.begin(first);
    running.begin(second);
    jest.advanceTimersByTime(2000);
    expect([first.expire.mock.calls.length, second.expire.mock.calls.length]).toEqual([0, 1]);
    isCommitting = false;
    jest.advanceTimersByTime(50);
    expect(first.expire).toHaveBeenCalledTimes(1);
  });

  it('are none at a limit of 0', () => {
    const running = deadlines(0);
    const one = handler();
    running.begin(one);
    expect(jest.getTimerCount()).toBe(0);
    jest.advanceTimersByTime(1_000_000);
    expect(one.expire).not.toHaveBeenCalled();
  });
});
