/** `audit`: reads the ledger, newest first. */
import { Fault } from "../base/mod.ts";
import { nearName } from "../diagnostic/mod.ts";
import { expectWords } from "./args.ts";
import { ENTRY_FILTERS } from "./audit/filter.ts";
import { DEFAULT_LINES, listEntries } from "./audit/list.ts";
import { replaySession } from "./audit/replay.ts";
import { listSessions } from "./audit/sessions.ts";
import { showEntry } from "./audit/show.ts";
import type { Args, Command, Io } from "./command.ts";
import { LEDGER_FLAGS } from "./ledger_folder.ts";

interface Action {
  readonly run: (args: Args, io: Io) => Promise<number>;
  /** How many words it takes, its own included. */
  readonly words: number;
  /** It looks at entries one by one, so that filters and `-n` mean something. */
  readonly filters: boolean;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: { run: listEntries, words: 1, filters: true },
  show: { run: showEntry, words: 2, filters: false },
  sessions: { run: listSessions, words: 1, filters: true },
  replay: { run: replaySession, words: 2, filters: false },
};

const LINES = "lines";

export const command: Command = {
  name: "audit",
  summary: "read the ledger",
  usage: "[list | show SEQ | sessions | replay SESSION] [--lines N] [--tool GLOB] [--decision WORD] " +
    "[--verdict WORD] [--kind WORD] [--server NAME] [--agent ID] [--session ID] [--since TIME] [--until TIME] " +
    "[--ledger DIR] [--config FILE] [--json]",
  flags: [
    {
      name: LINES,
      short: "n",
      kind: "number",
      value: "N",
      help: `at most N entries (default ${DEFAULT_LINES}; all with --json)`,
    },
    ...ENTRY_FILTERS,
    ...LEDGER_FLAGS,
    { name: "json", kind: "boolean", help: "one entry a line, all fields; sessions: one array" },
  ],
  example: `countersign audit --tool 'delete_*' --since 1d
SEQ  TIME                     KIND  SERVER  SUBJECT      VERDICT  REASON
41   2026-11-20 09:07:46.123  call  files   delete_file  refuse   rule:no-delete`,
  async run(args, io) {
    const [name = "list"] = args.words;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw unknownAction(name);
    expectWords(args, command, { most: action.words });
    if (!action.filters) refuseFilters(args, name);
    return await action.run(args, io);
  },
};

function unknownAction(action: string): Fault {
  const near = nearName(action, Object.keys(ACTIONS));
  return new Fault("usage", `Cannot run audit: unknown action "${action}"`, {
    hint: near === undefined ? "countersign audit --help" : `did you mean audit ${near}?`,
  });
}

/** A filter that changes nothing would look as if it had. */
function refuseFilters(args: Args, action: string): void {
  const given = [LINES, ...ENTRY_FILTERS.map(({ name }) => name)].find((name) => args.has(name));
  if (given === undefined) return;
  throw new Fault("usage", `Cannot run audit ${action}: it has no use for --${given}`, {
    hint: `countersign audit --help`,
  });
}
