import { CircuitBreaker } from './circuit-breaker';

describe('the circuit breaker', () => {
  let now: number;
  let breaker: CircuitBreaker;

  beforeEach(() => {
    now = 0;
    breaker = new CircuitBreaker({ failures: 3, pauseMs: 100 }, () => now);
  });

  const fail = (times: number) => {
    for (let count = 0; count < times; count++) breaker.failed();
  };

  it('lets everything pass at first', () => {
    expect([breaker.state, breaker.allows(), breaker.allows()]).toEqual(['closed', true, true]);
  });

  it('opens after so many failures in a row, and not before', () => {
    fail(2);
    expect([breaker.state, breaker.allows()]).toEqual(['closed', true]);
    fail(1);
    expect([breaker.state, breaker.allows()]).toEqual(['open', false]);
  });

  it('does not add up failures with successes between them', () => {
    fail(2);
    breaker.succeeded();
    fail(2);
    expect(breaker.state).toBe('closed');
  });

  it('lets one pass after the pause, and nobody else until that has ended', () => {
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

  it('closes when the trial succeeds, and then takes as many failures as before', () => {
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

  it('opens for a whole pause again when the trial fails', () => {
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

  it('is not moved by what began before it opened', () => {
    fail(3);
    now = 50;
    breaker.succeeded();
    expect(breaker.state).toBe('open');
    fail(10);
    now = 100;
    expect(breaker.allows()).toBe(true);
  });

  it('is closed at once by whoever knows better', () => {
    fail(3);
    breaker.close();
    expect([breaker.state, breaker.allows()]).toEqual(['closed', true]);
    fail(2);
    expect(breaker.state).toBe('closed');
  });
});
