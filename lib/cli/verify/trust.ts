/** What the auditor brings along: public keys, checkpoints that were kept, a policy of witnesses. */
import { Fault } from "../../base/mod.ts";
import type { KeptCheckpoint, TlogPolicy } from "../../ledger/mod.ts";
import type { Args, Flag, Io } from "../command.ts";

export const TRUST_FLAGS: readonly Flag[] = [
  {
    name: "public-key",
    kind: "list",
    value: "KEY",
    help: "a key to trust: a PEM file or 64 hex digits (default: the one beside what is verified)",
  },
  {
    name: "checkpoint",
    kind: "list",
    value: "FILE",
    help: "a checkpoint that was kept elsewhere: the ledger has to extend it",
  },
  {
    name: "policy",
    kind: "string",
    value: "FILE",
    help: "the newest checkpoint has to meet this tlog-policy of witnesses",
  },
];

/** What is trusted, read and parsed. */
export interface Trust {
  /** Raw public keys that were named; empty where none was. */
  readonly named: readonly Uint8Array[];
  readonly kept: readonly KeptCheckpoint[];
  readonly policy: TlogPolicy | undefined;
}

/** Reads what the flags name. Throws Fault `usage` for a file that cannot be read, or is not what it should be. */
export async function readTrust(args: Args, io: Io): Promise<Trust> {
  const policy = args.text("policy");
  return {
    named: await Promise.all(args.list("public-key").map((key) => namedKey(key, io))),
    kept: await Promise.all(args.list("checkpoint").map((path) => keptCheckpoint(path, io))),
    policy: policy === undefined ? undefined : await policyFrom(policy, io),
  };
}

async function namedKey(key: string, io: Io): Promise<Uint8Array> {
  const { publicKeyFromText } = await import("../../identity/mod.ts");
  if (/^[0-9a-fA-F]{64}$/.test(key)) return publicKeyFromText(key);
  const text = await readText(key, io);
  if (text !== undefined) return publicKeyFromText(text);
  throw new Fault("usage", `Cannot read the public key: there is no readable file "${key}"`, {
    hint: "--public-key takes a PEM file, or 64 hex digits",
  });
}

async function keptCheckpoint(path: string, io: Io): Promise<KeptCheckpoint> {
  const { readCheckpoint } = await import("../../ledger/mod.ts");
  const text = await readText(path, io);
  if (text === undefined) throw notReadable("checkpoint", path);
  const checkpoint = readCheckpoint(text);
  if (typeof checkpoint !== "string") return { name: `"${path}"`, checkpoint };
  throw new Fault("usage", `Cannot compare with the checkpoint "${path}": ${checkpoint}`, {
    hint: "a checkpoint is a whole signed note, exactly as it was printed: countersign checkpoint --help",
  });
}

async function policyFrom(path: string, io: Io): Promise<TlogPolicy> {
  const { parseTlogPolicy } = await import("../../ledger/mod.ts");
  const text = await readText(path, io);
  if (text === undefined) throw notReadable("policy", path);
  const policy = parseTlogPolicy(text);
  if (policy.ok) return policy.value;
  throw new Fault("usage", `Cannot use the policy "${path}": ${policy.error}`, {
    hint: "its form is c2sp.org/tlog-policy",
  });
}

async function readText(path: string, io: Io): Promise<string | undefined> {
  const { absolutePath } = await import("../setup.ts");
  return await Deno.readTextFile(absolutePath(path, io)).catch(() => undefined);
}

function notReadable(what: string, path: string): Fault {
  return new Fault("usage", `Cannot read the ${what}: there is no readable file "${path}"`, {
    hint: "countersign verify --help",
  });
}
