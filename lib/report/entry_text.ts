import type { Entry, StoredEntry } from "../ledger/mod.ts";

/** The columns of {@link entryRow}. */
export const ENTRY_HEADERS = ["SEQ", "TIME", "KIND", "SERVER", "SUBJECT", "VERDICT", "REASON"] as const;

const NOT_ENFORCED = " (dry run)";

/** An entry as a line of a table. Times are UTC, to the millisecond. */
export function entryRow(entry: Entry): readonly string[] {
  return [
    String(entry.seq),
    entry.time.slice(0, 23).replace("T", " "),
    entry.kind,
    entry.server,
    subjectOf(entry),
    (entry.verdict ?? "") + (entry.enforced === false && entry.verdict !== undefined ? NOT_ENFORCED : ""),
    entry.reason ?? "",
  ];
}

/** What an entry is about, in a few words. */
export function subjectOf(entry: Entry): string {
  const name = entry.tool === undefined || entry.tool === "" ? entry.method ?? "" : entry.tool;
  switch (entry.kind) {
    case "call":
      return inWords([entry.method === "tools/call" ? name : withMethod(entry, name), offShape(entry)]);
    case "outcome":
      return inWords([
        `${name} of ${entry.call}`,
        entry.latency_us && millis(entry.latency_us.total),
        entry.labels && `labels ${entry.labels.join(" ")}`,
        entry.hidden === undefined ? undefined : `${entry.hidden} hidden`,
      ]);
    case "approval":
      return inWords([
        `${name} of ${entry.call}`,
        entry.by && `by ${entry.by}`,
        entry.cleared && `cleared ${entry.cleared.join(" ")}`,
      ]);
    case "recovered":
    case "session-close":
      return unfinished(entry);
    case "session-open":
      return entry.agent.id;
    case "policy":
      return entry.detail ?? "";
    case "pin":
    case "drift":
      return inWords([toolsOf(entry), entry.fields?.join(" "), entry.by && `by ${entry.by}`]);
    default:
      return entry.input === undefined ? name : `${entry.input.bytes} bytes`;
  }
}

const SHOWN_TOOLS = 3;

/** The tools that an entry about pins names: the first of them, and how many more there are. */
function toolsOf({ tool, tools = tool === undefined ? [] : [tool], cut }: Entry): string {
  const more = tools.length + (cut?.["tools"] ?? 0) - SHOWN_TOOLS;
  const names = tools.slice(0, SHOWN_TOOLS).join(" ");
  return more > 0 ? `${names} and ${more} more` : names;
}

function inWords(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== "").join(", ");
}

/** How far the session is from its expected shape. */
function offShape({ envelope }: Entry): string | undefined {
  return envelope && `${envelope.percent} % off: ${envelope.parts.join(" ")}`;
}

function withMethod({ method = "" }: Entry, name: string): string {
  return name === method ? method : `${method} ${name}`;
}

function unfinished({ calls = [], more = 0 }: Entry): string {
  const count = calls.length + more;
  if (count === 0) return "";
  return count === 1 ? "1 call without outcome" : `${count} calls without outcome`;
}

function millis(micros: number): string {
  return `${(micros / 1000).toFixed(1)} ms`;
}

/** All fields of an entry and what is stored beside it, name and text, in the order in which people ask for them. */
export function entryDetails({ entry, hash, sig, key }: StoredEntry): readonly (readonly [string, string])[] {
  const beside = { hash, sig, key };
  const fields = { ...entry, ...beside };
  const known = ORDER.filter((name) => fields[name as keyof typeof fields] !== undefined);
  const others = Object.keys(fields).filter((name) => !ORDER.includes(name));
  return [...known, ...others].map((name) => [name, textOf(fields[name as keyof typeof fields])] as const);
}

const ORDER: readonly string[] = [
  "seq",
  "time",
  "kind",
  "server",
  "method",
  "tool",
  "tools",
  "fields",
  "call",
  "decision",
  "verdict",
  "enforced",
  "reason",
  "rules",
  "by",
  "note",
  "findings",
  "threat",
  "threat_parts",
  "envelope",
  "charges",
  "labels",
  "cleared",
  "hidden",
  "hidden_tools",
  "input",
  "output",
  "latency_us",
  "calls",
  "more",
  "detail",
  "agent",
  "session",
  "policy",
];

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
