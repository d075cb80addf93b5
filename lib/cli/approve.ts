/** `approve`: lets a held call pass. */
import { answer } from "./answer.ts";
import type { Command } from "./command.ts";
import { LEDGER_FLAGS } from "./ledger_folder.ts";

export const command: Command = {
  name: "approve",
  summary: "let a held call pass",
  usage: "SEQ [--note TEXT] [--clear-label NAME]… [--ledger DIR] [--config FILE]",
  flags: [
    { name: "note", kind: "string", value: "TEXT", help: "why, in your words; it is in the ledger" },
    {
      name: "clear-label",
      kind: "list",
      value: "NAME",
      help: "take this label off the session; may be given several times",
    },
    ...LEDGER_FLAGS,
  ],
  example: `countersign approve 41
approved entry 41; entry 44 says so`,
  run(args, io) {
    return answer(args, io, {
      command,
      decision: "allow",
      note: args.text("note"),
      cleared: args.list("clear-label"),
      done: "approved",
    });
  },
};
