import { CircuitBreaker } from './circuit-breaker';

describe('CircuitBreaker', () => {
  let now: number;
  let breaker: CircuitBreaker;

  beforeEach(() => {
    now = 0;
    breaker = new CircuitBreaker({ failures: 3, pauseMs: 100 }, () => now);
  });

  const fail = (times: number) => {
    for (let count = 0; count < times; count++) breaker.failed();
  };

  it('is closed at first', () => {
    expect([breaker.state, breaker.allows(), breaker.allows()]).toEqual(['closed', true, true]);
  });

  it('opens after the configured number of consecutive failures', () => {
    fail(2);
    expect([breaker.state, breaker.allows()]).toEqual(['closed', true]);
    fail(1);
    expect([breaker.state, breaker.allows()]).toEqual(['open', false]);
  });

  it('opens after one failure that is certain to come again', () => {
    breaker.failed(true);
    expect([breaker.state, breaker.allows()]).toEqual(['open', false]);
  });

  it('counts only consecutive failures', () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.state).toBe('closed');
  });

  it('permits one trial call after the pause', () => {
    fail(3);
    now = 99;
    expect(breaker.allows()).toBe(false);
    now = 100;
    expect([breaker.allows(), breaker.state, breaker.allows(), breaker.allows()]).toEqual([
      true,
      'half-open',
      false,
      false,
    ]);
  });

  it('closes when the trial succeeds, and then needs as many failures as before', () => {
    fail(3);
    now = 100;
    breaker.allows();
    breaker.succeeded();
    expect([breaker.state, breaker.allows()]).toEqual(['closed', true]);
    fail(2);
    expect(breaker.state).toBe('closed');
    fail(1);
    expect(breaker.state).toBe('open');
  });

  it('opens for a full pause when the trial fails', () => {
    fail(3);
    now = 150;
    breaker.allows();
    fail(1);
    expect(breaker.state).toBe('open');
    now = 249;
    expect(breaker.allows()).toBe(false);
    now = 250;
    expect(breaker.allows()).toBe(true);
  });

  it('ignores the outcome of calls that started before it opened', () => {
    fail(3);
    now = 50;
    breaker.succeeded();
    expect(breaker.state).toBe('open');
    fail(10);
    now = 100;
    expect(breaker.allows()).toBe(true);
  });

  it('can be closed at any time', () => {
    fail(3);
    breaker.close();
    expect([breaker.state, breaker.allows()]).toEqual(['closed', true]);
    fail(2);
    expect(breaker.state).toBe('closed');
  });
});
