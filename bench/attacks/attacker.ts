/** A process that attacks: `node bench/attacks/attacker.ts <attack> <seconds>`, with the target in TARGET. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Target } from './attack.ts';
import { ATTACKS } from './attacks.ts';

/** What an attacker did. */
export interface AttackReport {
  /** Its CPU time in milliseconds. */
  cpuMs: number;
  outcomes: Record<string, number>;
}

const [name = '', seconds = ''] = process.argv.slice(2);
const target = JSON.parse(process.env['TARGET'] ?? '') as Target;
const outcomes: Record<string, number> = {};
const end = new AbortController();
const count = (outcome: string | number) => (outcomes[outcome] = (outcomes[outcome] ?? 0) + 1);

const attack = ATTACKS[name]?.(target, end.signal, count);
await sleep(Number(seconds) * 1000);
const { user, system } = process.cpuUsage();
end.abort();
// Requests that the service holds are dropped.
await Promise.race([attack, sleep(500)]);
const report: AttackReport = { cpuMs: (user + system) / 1000, outcomes };
process.stdout.write(JSON.stringify(report), () => process.exit(0));
