/** Which entries `audit`, `tail` and `stats` look at. */
import { compileGlob, Fault, parseDuration, rfc3339Micros, systemClock } from "../../base/mod.ts";
import { nearName } from "../../diagnostic/mod.ts";
import { type Entry, ENTRY_KINDS } from "../../ledger/mod.ts";
import type { Args, Flag } from "../command.ts";

const DECISIONS = ["allow", "deny", "ask"] as const;
const VERDICTS = ["forward", "hold", "refuse", "release", "redact", "withhold"] as const;

/** The flags that say which time is meant. */
export const TIME_FLAGS: readonly Flag[] = [
  {
    name: "since",
    kind: "string",
    value: "TIME",
    help: "not earlier: 2026-11-20, 2026-11-20T09:00:00Z, or 2h ago as 2h",
  },
  { name: "until", kind: "string", value: "TIME", help: "earlier than that" },
];

/** The flags that {@link entryFilter} reads. */
export const ENTRY_FILTERS: readonly Flag[] = [
  {
    name: "tool",
    kind: "string",
    value: "GLOB",
    help: "name of the tool, prompt or resource, such as 'delete_*'",
  },
  { name: "decision", kind: "string", value: "WORD", help: DECISIONS.join(", ") },
  { name: "verdict", kind: "string", value: "WORD", help: VERDICTS.join(", ") },
  { name: "kind", kind: "string", value: "WORD", help: "kind of the entry, such as call, outcome, approval" },
  { name: "server", kind: "string", value: "NAME", help: "name of the server" },
  { name: "agent", kind: "string", value: "ID", help: "id of the agent" },
  { name: "session", kind: "string", value: "ID", help: "id of the session, or its beginning" },
  ...TIME_FLAGS,
];

/** Times as entries write them, so that they compare as texts; absent where they are not asked for. */
export interface TimeRange {
  readonly since?: string;
  readonly until?: string;
}

export interface EntryFilter extends TimeRange {
  fits(entry: Entry): boolean;
  /** Is the entry, and with it every one before it, out of the time that is asked for? */
  tooOld(entry: Entry): boolean;
  /** Does it ask for something that only a readable entry can tell? */
  readonly isActive: boolean;
}

/** What flags are read for. `nowMicros`: what `2h` counts back from. */
export interface FilterContext {
  readonly command: string;
  readonly nowMicros?: number;
}

/** Reads `--since` and `--until`. Throws Fault `usage`. */
export function timeRange(
  args: Args,
  { command, nowMicros = systemClock.nowMicros() }: FilterContext,
): TimeRange {
  const times = { command, nowMicros };
  const since = timeFlag(args, "since", times), until = timeFlag(args, "until", times);
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}

/** Reads the filter flags. Throws Fault `usage`. */
export function entryFilter(args: Args, context: FilterContext): EntryFilter {
  const range = timeRange(args, context);
  const { since, until } = range;
  const { command } = context;
  const tool = globFlag(args, "tool", command);
  const session = args.text("session");
  const same = [
    ["decision", wordFlag(args, "decision", { words: DECISIONS, command })],
    ["verdict", wordFlag(args, "verdict", { words: VERDICTS, command })],
    ["kind", wordFlag(args, "kind", { words: ENTRY_KINDS, command })],
    ["server", args.text("server")],
  ] as const;
  const agent = args.text("agent");
  return {
    ...range,
    isActive: ENTRY_FILTERS.some(({ name }) => args.has(name)),
    tooOld: ({ time }) => since !== undefined && time < since,
    fits: (entry) =>
      (until === undefined || entry.time < until) &&
      (tool === undefined || (entry.tool !== undefined && tool(entry.tool))) &&
      (session === undefined || entry.session.startsWith(session)) &&
      (agent === undefined || entry.agent.id === agent) &&
      same.every(([field, wanted]) => wanted === undefined || entry[field] === wanted),
  };
}

interface Words {
  readonly words: readonly string[];
  readonly command: string;
}

function wordFlag(args: Args, flag: string, { words, command }: Words): string | undefined {
  const word = args.text(flag);
  if (word === undefined || words.includes(word)) return word;
  const near = nearName(word, words);
  throw new Fault("usage", `Cannot run ${command}: --${flag} is "${word}", want one of ${words.join(", ")}`, {
    hint: near === undefined ? `countersign ${command} --help` : `did you mean ${near}?`,
  });
}

function globFlag(args: Args, flag: string, command: string): ((text: string) => boolean) | undefined {
  const pattern = args.text(flag);
  if (pattern === undefined) return undefined;
  const glob = compileGlob(pattern);
  if (glob.ok) return glob.value;
  throw new Fault("usage", `Cannot run ${command}: --${flag} "${pattern}" has ${glob.error.message}`);
}

const DAY_REGEXP = /^\d{4}-\d\d-\d\d$/;
const INSTANT_REGEXP = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)$/;

function timeFlag(
  args: Args,
  flag: string,
  { command, nowMicros }: Required<FilterContext>,
): string | undefined {
  const text = args.text(flag);
  if (text === undefined) return undefined;
  const ago = parseDuration(text);
  if (ago.ok) return rfc3339Micros(nowMicros - ago.value * 1000);
  const ms = DAY_REGEXP.test(text) || INSTANT_REGEXP.test(text) ? Date.parse(text) : NaN;
  if (!Number.isNaN(ms)) return rfc3339Micros(ms * 1000);
  throw new Fault("usage", `Cannot run ${command}: --${flag} is "${text}", which is no time`, {
    hint: `write --${flag} 2026-11-20, --${flag} 2026-11-20T09:00:00Z, or --${flag} 2h for two hours ago`,
  });
}
