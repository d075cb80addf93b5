/** What `doctor` says about the keys of a ledger. Opens none of them. */
import { Fault } from "../base/mod.ts";
import {
  keyProtection,
  loadPublicKeys,
  passphraseFrom,
  type Protection,
  type PublicKeys,
} from "../identity/mod.ts";
import type { Io } from "./command.ts";

/** One line of `doctor`. */
export interface KeyCheck {
  readonly check: "key";
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
  readonly fix?: string;
}

const check = "key";

/** Whether the keys in `folder` are protected, and which are retired; nothing where there are none yet. */
export async function keyCheck(folder: string, io: Io): Promise<readonly KeyCheck[]> {
  try {
    const protection = await keyProtection(folder);
    if (protection === undefined) return [];
    const keys = await loadPublicKeys(folder);
    const hasPassphrase = passphraseFrom(io.env) !== undefined;
    return [protectionLine(keys, protection, hasPassphrase), ...oddLines(keys)];
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    const detail = thrown.message.replace(/^Cannot /, "cannot ");
    return [{ check, status: "fail", detail, ...thrown.hint !== undefined && { fix: thrown.hint } }];
  }
}

function protectionLine(
  { current, retired }: PublicKeys,
  protection: Protection,
  hasPassphrase: boolean,
): KeyCheck {
  const behind = retired.length === 0 ? "" : `; retired: ${retired.map(({ id }) => id).join(", ")}`;
  const name = current?.id ?? "keys/signing.pub is missing";
  const line = (status: KeyCheck["status"], says: string, fix?: string): KeyCheck => ({
    check,
    status,
    detail: `${name}, ${says}${behind}`,
    ...fix !== undefined && { fix },
  });
  if (protection === "protected") {
    return hasPassphrase
      ? line("ok", "protected by a passphrase")
      : line("warn", "protected, and no passphrase is set here", "set COUNTERSIGN_KEY_PASSPHRASE");
  }
  if (protection === "mixed") return line("warn", "protected in part", "countersign key protect");
  return hasPassphrase
    ? line("warn", "not protected, although a passphrase is set", "countersign key protect")
    : line("ok", "not protected by a passphrase");
}

function oddLines({ odd }: PublicKeys): readonly KeyCheck[] {
  const [first] = odd;
  if (first === undefined) return [];
  const detail = `keys/retired/${first} is not the public key that its name says`;
  return [{ check, status: "warn", detail, fix: "remove it: verification does not need it" }];
}
