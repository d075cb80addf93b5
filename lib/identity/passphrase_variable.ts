import { Fault } from "../base/mod.ts";
import { Passphrase } from "./protected_text.ts";

/** Where the passphrase of the key files comes from: a flag would stand in the list of processes. */
export const PASSPHRASE_VARIABLE = "COUNTERSIGN_KEY_PASSPHRASE";

/** Reads one variable; answers `undefined` where it is not set. */
export type ReadVariable = (name: string) => string | undefined;

/** The passphrase, if one is set and not empty. Throws Fault `key` for one that is not text. */
export function passphraseFrom(read: ReadVariable = ownVariable): Passphrase | undefined {
  return Passphrase.from(readText(read));
}

function readText(read: ReadVariable): string | undefined {
  try {
    return read(PASSPHRASE_VARIABLE);
  } catch {
    // Without its cause: the system's own words quote the value.
    throw new Fault("key", `Cannot read the passphrase: ${PASSPHRASE_VARIABLE} is not UTF-8 text`, {
      hint: "make another one with: openssl rand -base64 24",
    });
  }
}

/** The worker that opens the ledger may read this one variable, where this process may. */
function ownVariable(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotCapable) return undefined;
    throw thrown;
  }
}
