/** What a register holds: a counter, a count, the name of something; undefined while the document is not there. */
export type Value = string | number | undefined;

/** What an answer says about a register: which values it would have to hold for the answer to be right. */
export interface Observation {
  register: Register;
  accepts: (value: Value) => boolean;
  /** The same in words. */
  said: string;
}

/**
 * - `fresh`: one of the values that the register may have held since the request was sent
 * - `stale`: older than a write that was acknowledged before the request was sent
 * - `time travel`: not stale, but older than what an answer had shown before the request was sent
 * - `impossible`: never written at all
 */
export type Verdict = 'fresh' | 'stale' | 'time travel' | 'impossible';

interface Operation {
  value: Value;
  /** When its writer heard of it. */
  acknowledged: number;
  /** When an answer first showed it. */
  seen: number;
}

/** The order in which this process learns of things. No other clock is compared with its own. */
export class Order {
  private last = 0;

  /** Now, in milliseconds of `performance.now()`, and later than every moment before. */
  next(): number {
    this.last = Math.max(performance.now(), this.last + 1e-6);
    return this.last;
  }
}

/** Something that one writer changes, one write after the other, and everybody reads: its writes in their order. */
export class Register {
  readonly name: string;
  private readonly order: Order;
  private readonly operations: Operation[];

  constructor(name: string, initial: Value, order: Order) {
    this.name = name;
    this.order = order;
    this.operations = [{ value: initial, acknowledged: 0, seen: 0 }];
  }

  /** What the last write wrote. */
  get value(): Value {
    return this.operations.at(-1)?.value;
  }

  /** From now on readers may see the value; the write may also never happen. */
  begin(value: Value): void {
    this.operations.push({ value, acknowledged: Infinity, seen: Infinity });
  }

  /** From now on whoever asks must see the last value, or a later one. */
  acknowledge(): void {
    const last = this.operations.at(-1);
    if (last) last.acknowledged = this.order.next();
  }

  /** The last write has not happened and never will. Returns whether somebody saw it all the same. */
  withdraw(): boolean {
    return this.operations.pop()?.seen !== Infinity;
  }

  /**
   * Judges an answer that has just arrived.
   *
   * @param moment when its request was sent, or since when it admits to be old: it must know all that happened before
   */
  judge({ accepts }: Observation, moment: number): Verdict {
    const acknowledged = this.operations.findLastIndex((operation) => operation.acknowledged <= moment);
    const seen = this.operations.findLastIndex((operation) => operation.seen <= moment);
    const accepted = (from: number, to: number) => {
      for (let index = from; index < to; index++) if (accepts(this.operations[index]?.value)) return index;
      return -1;
    };
    const shown = accepted(Math.max(acknowledged, seen), this.operations.length);
    if (shown >= 0) {
      const operation = this.operations[shown];
      if (operation?.seen === Infinity) operation.seen = this.order.next();
      return 'fresh';
    }
    if (accepted(acknowledged, seen) >= 0) return 'time travel';
    return accepted(0, acknowledged) >= 0 ? 'stale' : 'impossible';
  }

  /** What was acknowledged last before a moment, and how long before: for the report of a violation. */
  acknowledgedBefore(moment: number): string {
    const last = this.operations.findLast(({ acknowledged }) => acknowledged <= moment);
    return `${String(last?.value ?? 'absent')}, acknowledged ${Math.round(moment - (last?.acknowledged ?? 0))} ms before`;
  }
}

/** A write under way: what it changes. */
export class Write {
  private readonly registers: readonly Register[];

  constructor(registers: readonly Register[]) {
    this.registers = registers;
  }

  acknowledge(): void {
    for (const register of this.registers) register.acknowledge();
  }

  /** Returns whether somebody saw what never happened. */
  withdraw(): boolean {
    return this.registers.map((register) => register.withdraw()).includes(true);
  }
}

/** Everything written, acknowledged and seen in a run. */
export class Ledger {
  readonly order = new Order();

  register(name: string, initial: Value): Register {
    return new Register(name, initial, this.order);
  }

  begin(changes: readonly (readonly [Register, Value])[]): Write {
    for (const [register, value] of changes) register.begin(value);
    return new Write(changes.map(([register]) => register));
  }
}
