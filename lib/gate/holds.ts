import { messageOf } from "../base/mod.ts";
import type { Answer, ReasonCode } from "../verdict/mod.ts";
import type { GatePorts, GateSettings } from "./ports.ts";
import type { Session } from "./session.ts";

/**
 * How a held call ended: a person let it go (`cancelled`: its client had given it up by then; `attestation`: what it takes
 * along), or the reason why it is refused.
 */
export type HoldEnd =
  | { readonly allowed: true; readonly cancelled: boolean; readonly attestation: string | undefined }
  | { readonly allowed: false; readonly reason: ReasonCode };

// A person's answer is written by another process, and the store tells nobody: while something is held we look.
const LOOK_EVERY_MS = 150;

interface Held {
  readonly deadlineMs: number;
  readonly end: (end: HoldEnd) => void;
  /** For whom it is attested once a person lets it go. */
  readonly attestFor: string | undefined;
  cancelled: boolean;
}

/** Calls that wait for a person. Each ends exactly once, by an entry: a person's answer, its expiry or its cancellation. */
export class Holds {
  readonly #ports: GatePorts;
  readonly #settings: GateSettings;
  readonly #session: Session;
  readonly #held = new Map<number, Held>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(ports: GatePorts, settings: GateSettings, session: Session) {
    this.#ports = ports;
    this.#settings = settings;
    this.#session = session;
  }

  /** Waits for the end of the hold that entry `seq` began. `attestFor`: for whom the call is attested then, if it is. */
  wait(seq: number, attestFor: string | undefined): Promise<HoldEnd> {
    return new Promise((end) => {
      const deadlineMs = this.#ports.clock.monotonicMs() + this.#settings.holdTimeoutMs;
      this.#held.set(seq, { deadlineMs, end, attestFor, cancelled: false });
      this.#lookSoon();
    });
  }

  /** The client does not want the held call any more. */
  cancel(seq: number): void {
    const held = this.#held.get(seq);
    if (held !== undefined) held.cancelled = true;
  }

  #lookSoon(): void {
    this.#timer ??= setTimeout(async () => {
      await this.#look();
      this.#timer = undefined;
      if (this.#held.size > 0) this.#lookSoon();
    }, LOOK_EVERY_MS);
  }

  async #look(): Promise<void> {
    await this.#takeAnswers();
    const now = this.#ports.clock.monotonicMs();
    for (const [seq, held] of [...this.#held]) {
      if (held.cancelled) await this.#giveUp(seq, "cancelled");
      else if (held.deadlineMs <= now) await this.#giveUp(seq, "approval-expired");
    }
  }

  async #takeAnswers(): Promise<void> {
    try {
      const answers = await this.#ports.ledger.answers([...this.#held.keys()]);
      for (const answer of answers) await this.#take(answer);
    } catch (fault) {
      // Nobody's answer was lost: it is an entry, and the next look reads it again, until the hold expires.
      this.#ports.log(
        `cannot read the answers to held calls: ${messageOf(fault)}`,
      );
    }
  }

  /** The hold lasts until its attestation is made: a cancellation that comes meanwhile still ends it. */
  async #take(answer: Answer): Promise<void> {
    const audience = answer.decision === "allow" ? this.#held.get(answer.call)?.attestFor : undefined;
    if (audience === undefined) return this.#end(answer);
    try {
      this.#end(answer, await this.#ports.ledger.attest(answer.call, audience));
    } catch (fault) {
      // Without it the call does not leave. The next look asks again, until the hold expires.
      this.#ports.log(`cannot attest call ${answer.call}: ${messageOf(fault)}`);
    }
  }

  /** Writes the end that nobody else gave. Where a person was faster, the ledger refuses and their answer counts. */
  async #giveUp(seq: number, reason: "approval-expired" | "cancelled"): Promise<void> {
    try {
      await this.#ports.ledger.write({ type: "unanswered", call: seq, reason });
      this.#end({ call: seq, decision: "deny", reason, cleared: [] });
    } catch (fault) {
      await this.#takeAnswers();
      if (!this.#held.has(seq)) return;
      this.#ports.log(
        `cannot record the end of held call ${seq}: ${messageOf(fault)}`,
      );
      this.#end({ call: seq, decision: "deny", reason: "fault:ledger", cleared: [] });
    }
  }

  #end({ call, decision, reason, cleared, seq }: Answer, attestation?: string): void {
    const held = this.#held.get(call);
    this.#held.delete(call);
    if (held === undefined) return;
    this.#session.client.clear(cleared, seq);
    held.end(
      decision === "allow"
        ? { allowed: true, cancelled: held.cancelled, attestation }
        : { allowed: false, reason },
    );
  }
}
