/** `deny`: refuses a held call. */
import { Fault } from "../base/mod.ts";
import { answer } from "./answer.ts";
import type { Command } from "./command.ts";
import { LEDGER_FLAGS } from "./ledger_folder.ts";

export const command: Command = {
  name: "deny",
  summary: "refuse a held call",
  usage: "SEQ --reason TEXT [--ledger DIR] [--config FILE]",
  flags: [
    { name: "reason", kind: "string", value: "TEXT", help: "why, in your words; it is in the ledger" },
    ...LEDGER_FLAGS,
  ],
  example: `countersign deny 41 --reason "not on a Friday"
denied entry 41; entry 44 says so`,
  run(args, io) {
    const note = args.text("reason");
    if (note === undefined) {
      throw new Fault("usage", "Cannot run deny: the reason is missing", {
        hint: `countersign deny ${args.words[0] ?? "SEQ"} --reason "why"`,
      });
    }
    return answer(args, io, { command, decision: "deny", note, done: "denied" });
  },
};
