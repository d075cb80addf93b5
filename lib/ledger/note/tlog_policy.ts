/** Which logs, which witnesses, and how many of them are enough (C2SP tlog-policy). */
import { err, ok, type Result } from "../../base/mod.ts";
import { parseCheckpoint } from "./checkpoint.ts";
import { cosignedBy } from "./cosignature.ts";
import type { SignedNote } from "./signed_note.ts";
import { type KeyType, noteVerifiedBy, parseVerifierKey, type VerifierKey } from "./verifier_key.ts";

export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url?: string;
}

export interface PolicyWitness {
  /** Its name within the policy; the key has one of its own. */
  readonly name: string;
  readonly key: VerifierKey;
  readonly url?: string;
}

/** Has cosigned if at least `threshold` of its members have. Members are witnesses or groups that stand before it. */
export interface PolicyGroup {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

export interface TlogPolicy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly groups: readonly PolicyGroup[];
  /** A witness, a group, or `none`. */
  readonly quorum: string;
}

const MAX_LENGTH = 1_000_000;
const MAX_LINES = 10_000;
const MAX_OF_A_KIND = 256;

/**
 * Reads a policy, which may be ATTACKER-CONTROLLED. The message of a refusal begins with the line. A last line without a
 * line feed is refused: half a line may be a policy as well.
 */
export function parseTlogPolicy(text: string): Result<TlogPolicy, string> {
  if (text.length > MAX_LENGTH) return err(`the policy has more than ${MAX_LENGTH} characters`);
  // deno-lint-ignore no-control-regex -- these are what is looked for
  if (!text.isWellFormed() || /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text)) {
    return err("the policy has a character that no policy may have");
  }
  if (!text.endsWith("\n")) return err("the last line of the policy has no line feed");
  const lines = text.slice(0, -1).split("\n");
  if (lines.length > MAX_LINES) return err(`the policy has more than ${MAX_LINES} lines`);
  const draft = new Draft();
  for (const [i, line] of lines.entries()) {
    const wrong = draft.take(line);
    if (wrong !== undefined) return err(`line ${i + 1}: ${wrong}`);
  }
  return draft.finish();
}

/** A policy that is being read. Each method answers with what is wrong about its line. */
class Draft {
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #groups: PolicyGroup[] = [];
  /** Every name that was defined, and whether a group has it. */
  readonly #names = new Map<string, "free" | "member">();
  #quorum: string | undefined;

  take(line: string): string | undefined {
    const words = line.split(/[ \t]+/).filter((word) => word !== "");
    const [keyword, ...rest] = words;
    if (keyword === undefined || keyword.startsWith("#")) return undefined;
    switch (keyword) {
      case "log":
        return this.#log(rest);
      case "witness":
        return this.#witness(rest);
      case "group":
        return this.#group(rest);
      case "quorum":
        return this.#setQuorum(rest);
      default:
        return "it begins with none of log, witness, group, quorum and #";
    }
  }

  finish(): Result<TlogPolicy, string> {
    if (this.#quorum === undefined) return err("the policy has no quorum line");
    return ok({
      logs: this.#logs,
      witnesses: this.#witnesses,
      groups: this.#groups,
      quorum: this.#quorum,
    });
  }

  #log([vkey, url, ...more]: readonly string[]): string | undefined {
    if (vkey === undefined || more.length > 0) return "a log is written: log <vkey> [<url>]";
    const key = keyOfType(vkey, [1, 6]);
    if (typeof key === "string") return key;
    if (hasKey(this.#logs, key)) return "another log has this public key";
    this.#logs.push({ key, ...(url === undefined ? {} : { url }) });
    return tooMany(this.#logs);
  }

  #witness([name, vkey, url, ...more]: readonly string[]): string | undefined {
    if (name === undefined || vkey === undefined || more.length > 0) {
      return "a witness is written: witness <name> <vkey> [<url>]";
    }
    const key = keyOfType(vkey, [4, 6]);
    if (typeof key === "string") return key;
    if (hasKey(this.#witnesses, key)) return "another witness has this public key";
    this.#witnesses.push({ name, key, ...(url === undefined ? {} : { url }) });
    return this.#define(name) ?? tooMany(this.#witnesses);
  }

  #group([name, count, ...members]: readonly string[]): string | undefined {
    if (name === undefined || count === undefined || members.length === 0) {
      return "a group is written: group <name> all|any|<number> <name>...";
    }
    for (const member of members) {
      const standing = this.#names.get(member);
      if (standing === undefined) return "a member of the group is not defined before it";
      if (standing === "member") return "a member of the group is a member of one already";
      this.#names.set(member, "member");
    }
    const threshold = thresholdFrom(count, members.length);
    if (threshold === undefined) return `the group asks for none of all, any, and 1 to ${members.length}`;
    this.#groups.push({ name, threshold, members });
    return this.#define(name) ?? tooMany(this.#groups);
  }

  #setQuorum([name, ...more]: readonly string[]): string | undefined {
    if (name === undefined || more.length > 0) return "a quorum is written: quorum <name>";
    if (this.#quorum !== undefined) return "there is a quorum line already";
    if (name !== "none" && !this.#names.has(name)) return "the quorum is not defined before it";
    this.#quorum = name;
    return undefined;
  }

  #define(name: string): string | undefined {
    if (name === "none") return "none is a name that says no quorum";
    if (this.#names.has(name)) return "another witness or group has this name";
    this.#names.set(name, "free");
    return undefined;
  }
}

function keyOfType(vkey: string, types: readonly KeyType[]): VerifierKey | string {
  const key = parseVerifierKey(vkey);
  if (!key.ok) return key.error;
  return types.includes(key.value.type)
    ? key.value
    : `its key is of type ${key.value.type}, and ${types.join(" or ")} is wanted`;
}

function hasKey(known: readonly { readonly key: VerifierKey }[], { publicKey }: VerifierKey): boolean {
  const wanted = publicKey.toHex();
  return known.some(({ key }) => key.publicKey.toHex() === wanted);
}

function tooMany(list: readonly unknown[]): string | undefined {
  return list.length > MAX_OF_A_KIND ? `more than ${MAX_OF_A_KIND} of a kind` : undefined;
}

function thresholdFrom(count: string, members: number): number | undefined {
  if (count === "all") return members;
  if (count === "any") return 1;
  const threshold = /^[1-9]\d{0,3}$/.test(count) ? Number(count) : Infinity;
  return threshold <= members ? threshold : undefined;
}

/** Whose cosignatures on `note` hold, by their names in the policy, and whether they are enough. */
export interface Quorum {
  readonly met: boolean;
  readonly by: readonly string[];
}

/** Have enough witnesses cosigned? Says nothing about the log's own signature: {@link signedByKnownLog} does. */
export function quorumMet({ witnesses, groups, quorum }: TlogPolicy, note: SignedNote): Quorum {
  const by = witnesses.filter(({ key }) => cosignedBy(note, key) !== undefined).map(({ name }) => name);
  const standing = new Set(by);
  // A group names only what stands before it, so one pass is enough.
  for (const { name, threshold, members } of groups) {
    if (members.filter((member) => standing.has(member)).length >= threshold) standing.add(name);
  }
  return { met: quorum === "none" || standing.has(quorum), by };
}

/** Is the note a checkpoint that one of the policy's logs signed, under its own origin? */
export function signedByKnownLog({ logs }: TlogPolicy, note: SignedNote): boolean {
  const checkpoint = parseCheckpoint(note.text);
  return checkpoint.ok &&
    logs.some(({ key }) => key.name === checkpoint.value.origin && noteVerifiedBy(note, key));
}
