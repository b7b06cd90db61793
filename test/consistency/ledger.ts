/** The value of a register: a counter, a count or a name; undefined while the document does not exist. */
export type Value = string | number | undefined;

/** What a response shows of a register: the values for which the response is correct. */
export interface Observation {
  register: Register;
  accepts: (value: Value) => boolean;
  /** For reports. */
  description: string;
}

/**
 * - `fresh`: a value that the register can have had since the request was sent
 * - `stale`: older than a write that was acknowledged before the request was sent
 * - `time travel`: not stale, but older than what a response had shown before the request was sent
 * - `impossible`: never written
 */
export type Verdict = 'fresh' | 'stale' | 'time travel' | 'impossible';

interface Operation {
  value: Value;
  /** When the writer received the acknowledgement. */
  acknowledged: number;
  /** When a response first showed it. */
  seen: number;
}

/** The order of events in this process; clocks of other processes are not used. */
export class Order {
  private last = 0;

  /** Now, in milliseconds of `performance.now()`; strictly increasing. */
  next(): number {
    this.last = Math.max(performance.now(), this.last + 1e-6);
    return this.last;
  }
}

/** A value with one writer and many readers, as the sequence of its writes. */
export class Register {
  readonly name: string;
  private readonly order: Order;
  private readonly operations: Operation[];

  constructor(name: string, initial: Value, order: Order) {
    this.name = name;
    this.order = order;
    this.operations = [{ value: initial, acknowledged: 0, seen: 0 }];
  }

  /** The value of the last write. */
  get value(): Value {
    return this.operations.at(-1)?.value;
  }

  /** Begins a write: readers can see the value from now on, and the write can still fail. */
  begin(value: Value): void {
    this.operations.push({ value, acknowledged: Infinity, seen: Infinity });
  }

  /** Acknowledges the last write: later requests must see its value or a later one. */
  acknowledge(): void {
    const last = this.operations.at(-1);
    if (last) last.acknowledged = this.order.next();
  }

  /** Withdraws the last write, which did not happen. Returns whether a reader saw it. */
  withdraw(): boolean {
    return this.operations.pop()?.seen !== Infinity;
  }

  /**
   * Judges a response that has just arrived.
   *
   * @param moment when the request was sent, or that minus the `Age` of a stale response
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

  /** The last acknowledged write before a moment, and its age, for reports. */
  acknowledgedBefore(moment: number): string {
    const last = this.operations.findLast(({ acknowledged }) => acknowledged <= moment);
    return `${String(last?.value ?? 'absent')}, acknowledged ${Math.round(moment - (last?.acknowledged ?? 0))} ms before`;
  }
}

/** A write in progress, with the registers that it changes. */
export class Write {
  private readonly registers: readonly Register[];

  constructor(registers: readonly Register[]) {
    this.registers = registers;
  }

  acknowledge(): void {
    for (const register of this.registers) register.acknowledge();
  }

  /** Returns whether a reader saw a write that did not happen. */
  withdraw(): boolean {
    return this.registers.map((register) => register.withdraw()).includes(true);
  }
}

/** All writes, acknowledgements and observations of a run. */
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
