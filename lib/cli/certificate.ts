/** `certificate`: a signed statement about a period, and whether one holds. */
import { Fault } from "../base/mod.ts";
import { expectWords } from "./args.ts";
import { TIME_FLAGS } from "./audit/filter.ts";
import type { Args, Command, Io } from "./command.ts";
import { LEDGER_FLAGS } from "./ledger_folder.ts";

const ISSUE: readonly string[] = [
  "since",
  "until",
  "expires",
  "output",
  "force",
  "as-is",
  "ledger",
  "config",
];
const VERIFY: readonly string[] = ["jwks", "public-key"];

export const command: Command = {
  name: "certificate",
  summary: "state what the ledger says of a period, signed, or check such a statement",
  usage:
    "issue [-o FILE | --output FILE] [--since TIME] [--until TIME] [--expires 90d] [--as-is] [--force] " +
    "[--ledger DIR] [--config FILE] [--json] | verify FILE --jwks FILE | --public-key KEY [--json]",
  flags: [
    ...TIME_FLAGS,
    { name: "expires", kind: "string", value: "DURATION", help: "issue: how long it holds (default 90d)" },
    { name: "output", short: "o", kind: "string", value: "FILE", help: "issue: where to (default: stdout)" },
    {
      name: "as-is",
      kind: "boolean",
      help: "issue: also for a ledger that does not verify; the certificate says so",
    },
    { name: "force", kind: "boolean", help: "issue: replace the file" },
    {
      name: "jwks",
      kind: "string",
      value: "FILE",
      help: "verify: keys to trust, from countersign key show --jwks",
    },
    {
      name: "public-key",
      kind: "list",
      value: "KEY",
      help: "verify: a key to trust, a PEM file or 64 hex digits",
    },
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "as one JSON object" },
  ],
  example: `countersign certificate issue --since 2026-10-01 --until 2026-11-01 -o october.jws
made october.jws: 1290 entries, ledger intact, holds until 2027-02-18
countersign certificate verify october.jws --public-key signing.pub
valid 1290 entries from 2026-10-01 to 2026-11-01, ledger intact`,
  async run(args, io) {
    const [action] = args.words;
    if (action === "issue") return await issue(args, io);
    if (action === "verify") return await verify(args, io);
    throw new Fault(
      "usage",
      `Cannot run certificate: "${action ?? ""}" is not an action, want issue or verify`,
      {
        hint: "countersign certificate --help",
      },
    );
  },
};

async function issue(args: Args, io: Io): Promise<number> {
  expectWords(args, command, { most: 1 });
  refuseForeign(args, "issue", VERIFY);
  const { issueFrom } = await import("./certificate/issue.ts");
  return await issueFrom(args, io);
}

async function verify(args: Args, io: Io): Promise<number> {
  expectWords(args, command, { most: 2 });
  refuseForeign(args, "verify", ISSUE);
  const { verifyFile } = await import("./certificate/verify.ts");
  return await verifyFile(args, io);
}

/** A flag that would do nothing would let a person believe that it did. */
function refuseForeign(args: Args, action: string, foreign: readonly string[]): void {
  const given = foreign.find((flag) => args.has(flag));
  if (given === undefined) return;
  throw new Fault("usage", `Cannot run certificate ${action}: --${given} is not for it`, {
    hint: "countersign certificate --help",
  });
}
