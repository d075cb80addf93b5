/** `stats`: what the entries come to. */
import { expectWords } from "./args.ts";
import { ENTRY_FILTERS, entryFilter } from "./audit/filter.ts";
import { jsonLine } from "./audit/json_line.ts";
import { withReader } from "./audit/with_reader.ts";
import { type Command, EXIT } from "./command.ts";
import { LEDGER_FLAGS } from "./ledger_folder.ts";
import { gatherFacts } from "./stats/gather.ts";
import { statsText } from "./stats/text.ts";

export const command: Command = {
  name: "stats",
  summary: "count what happened, and how long it took",
  usage: "[--tool GLOB] [--decision WORD] [--verdict WORD] [--kind WORD] [--server NAME] [--agent ID] " +
    "[--session ID] [--since TIME] [--until TIME] [--ledger DIR] [--config FILE] [--json]",
  flags: [
    ...ENTRY_FILTERS,
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "as one JSON object" },
  ],
  example: `countersign stats --since 7d
entries     1,204
calls       598
…
refused, by reason
  rule:no-delete              14   82.4 %  ████████████████████████████████
  dlp:aws-access-key           3   17.6 %  ██████▉`,
  async run(args, io) {
    expectWords(args, command, { most: 0 });
    const filter = entryFilter(args, { command: "stats" });
    return await withReader(args, io, async ({ reader }) => {
      const facts = await gatherFacts(reader, { io, range: filter, filter });
      io.out(args.has("json") ? jsonLine(facts) : statsText(facts, io.terminal.out));
      return EXIT.done;
    });
  },
};
