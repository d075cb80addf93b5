import { Fault, messageOf } from "../base/mod.ts";
import type { GatePorts, Note } from "./ports.ts";

// 0.1 + 0.2 + … + 6.4 seconds: longer than a backup holds a database, shorter than a client waits for us to end.
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 100;

/**
 * Writes what nobody waits for: outcomes of replies that were released, and the news that the ledger could not be
 * written. A ledger that is away for a moment must not lose them.
 */
export class Afterwards {
  readonly #ports: GatePorts;
  readonly #server: string;
  #tellsOfOutage = false;

  constructor(ports: GatePorts, server: string) {
    this.#ports = ports;
    this.#server = server;
  }

  /** Resolves when `request` is written, or was tried so often that it is given up, with a line in the log. */
  async write(request: Note): Promise<void> {
    for (let attempt = 1;; attempt++) {
      try {
        await this.#ports.ledger.write(request);
        return;
      } catch (fault) {
        // A second attempt is refused like this where the first was written after all.
        const refused = fault instanceof Fault && fault.code === "internal";
        if (refused && attempt > 1) return;
        if (refused || attempt === ATTEMPTS) return this.#giveUp(request, fault);
        await this.#ports.pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
      }
    }
  }

  /** One entry for each time that the ledger is away, however many calls are refused meanwhile. */
  async tellOfOutage(): Promise<void> {
    if (this.#tellsOfOutage) return;
    this.#tellsOfOutage = true;
    const reason = "fault:ledger";
    await this.write({
      type: "incident",
      kind: "fault",
      direction: "to-upstream",
      server: this.#server,
      reason,
      bytes: 0,
    });
    this.#tellsOfOutage = false;
  }

  #giveUp(request: Note, fault: unknown): void {
    const what = request.type === "outcome"
      ? `the outcome of entry ${request.call}`
      : `an entry of type ${request.type}`;
    this.#ports.log(`cannot record ${what}: ${messageOf(fault)}`);
  }
}
