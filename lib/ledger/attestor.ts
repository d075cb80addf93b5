import type { Clock } from "../base/mod.ts";
import type { Ref } from "../verdict/mod.ts";
import { type AttestedEntry, issueAttestation } from "./evidence/attestation.ts";
import type { Keys } from "./port.ts";

/** Signs what calls take along. An entry is attested once it is durable, and no earlier: what is signed is true. */
export class Attestor {
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #origin: string;

  /** `origin`: what the ledger calls itself in its checkpoints. */
  constructor({ keys, clock }: { readonly keys: Keys; readonly clock: Clock }, origin: string) {
    this.#keys = keys;
    this.#clock = clock;
    this.#origin = origin;
  }

  /** The attestation of a call that may leave, for `audience`. */
  attest(entry: Omit<AttestedEntry, "seq">, { seq, hash }: Ref, audience: string): string {
    const issuedSeconds = Math.floor(this.#clock.nowMicros() / 1e6);
    const attesting = { hash, audience, origin: this.#origin, issuedSeconds };
    return issueAttestation({ ...entry, seq }, attesting, this.#keys);
  }
}
