import { runCheck } from '../support/check-process.ts';

type Numbers = Partial<Record<string, number>>;
interface Result {
  sound: { figures: Record<'reads' | 'writes' | 'faults' | 'violations', Numbers> & { reported: string[] } };
  found: Numbers;
}

/** The short form of `npm run test:kills`, in a process of its own with its own PostgreSQL. */
describe('writes during kills', () => {
  let result: Result;

  beforeAll(async () => {
    const options = ['--instance-kills', '2', '--postgres-kills', '1'];
    ({ result } = await runCheck<Result>('test/durability/check.ts', options));
  }, 300_000);

  it('are neither lost nor doubled once they are acknowledged', () => {
    const { reported, violations, faults, writes, reads } = result.sound.figures;
    expect([reported, violations]).toEqual([[], {}]);
    expect(faults).toEqual({ 'kill -9 of an instance': 2, 'kill -9 of PostgreSQL': 1 });
    const kinds = ['atomic bulk with Idempotency-Key', 'counter with If-Match', 'create with Idempotency-Key'];
    for (const kind of [...kinds, 'create with a key of its own'])
      expect([kind, writes[kind]]).not.toContain(undefined);
    expect(reads['document after its write']).toBeGreaterThan(0);
  });

  it.each(['early-acknowledgement', 'no-idempotency'])('are found lost or doubled with the defect %s', (breakage) => {
    expect(result.found[breakage]).toBeGreaterThan(0);
  });
});
