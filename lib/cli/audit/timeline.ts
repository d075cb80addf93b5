/** One session as lines: when, what, what became of it, and why. Names are ATTACKER-CONTROLLED and escaped here. */
import type { Entry, ReadPayloads } from "../../ledger/mod.ts";
import { millisText } from "../../report/mod.ts";
import { paint, printable } from "../render.ts";
import { payloadLines } from "./payload_text.ts";
import { styleOf } from "./row.ts";

const SHOWN_OF_A_PAYLOAD = 400;
const INDENT = " ".repeat(24);

/** What stands beside an entry. */
export interface Beside {
  /** Since the first entry of the session. */
  readonly atMs: number;
  readonly payloads: ReadPayloads;
}

/** Writes the lines of a session's entries. */
export class Timeline {
  readonly #colours: boolean;

  constructor(colours: boolean) {
    this.#colours = colours;
  }

  /** The entry's line, then what is to be said about it, each on a line of its own. */
  lines(entry: Entry, { atMs, payloads }: Beside): string {
    const when = this.#dim(`${offset(atMs).padStart(12)}  ${`#${entry.seq}`.padEnd(8)}`);
    const style = styleOf(entry);
    const what = style === undefined ? headline(entry) : paint(headline(entry), style, this.#colours);
    const rest = [...remarks(entry), ...payloadLines(payloads, SHOWN_OF_A_PAYLOAD).map(padded)];
    return [`${when}  ${what}`, ...rest.map((line) => `${INDENT}${this.#dim(line)}`)].join("\n") + "\n";
  }

  #dim(text: string): string {
    return paint(text, "dim", this.#colours);
  }
}

/** `+0.000 s` to the millisecond; minutes and hours as on a clock. */
export function offset(ms: number): string {
  if (ms < 60_000) return `+${(ms / 1000).toFixed(3)} s`;
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return `+${Math.floor(seconds / 3600)}:${clock}`;
}

function headline(entry: Entry): string {
  return printable(joined(wordsOf(entry)));
}

function wordsOf(entry: Entry): readonly (string | undefined)[] {
  const name = nameOf(entry);
  switch (entry.kind) {
    case "session-open":
      return [
        `opened by ${entry.agent.id}`,
        entry.agent.verified ? "(verified)" : "(unverified)",
        entry.detail,
      ];
    case "call":
      return [
        entry.form === undefined ? "call" : entry.form,
        name,
        "→",
        entry.verdict,
        dryRun(entry),
        entry.reason,
      ];
    case "outcome":
      return ["└ reply to", `#${entry.call}`, "→", entry.verdict, latencyOf(entry), entry.reason];
    case "approval":
      return [
        `└ hold of #${entry.call}`,
        "→",
        entry.decision === "allow" ? "approved" : "denied",
        by(entry),
        entry.reason,
      ];
    case "session-close":
    case "recovered":
      return [
        entry.kind === "recovered" ? "ended by a crash, noted" : "closed",
        entry.reason,
        unfinished(entry),
      ];
    case "policy":
      return ["another policy:", entry.detail];
    default:
      return [entry.kind, name, entry.reason, by(entry)];
  }
}

function joined(words: readonly (string | undefined)[]): string {
  return words.filter((word) => word !== undefined && word !== "").join(" ");
}

function nameOf({ method = "", tool = "", tools }: Entry): string {
  if (tools !== undefined) return tools.slice(0, 5).join(" ");
  return method === "tools/call" || method === "" ? tool : joined([method, tool]);
}

function dryRun({ enforced }: Entry): string | undefined {
  return enforced === false ? "(dry run)" : undefined;
}

function by(entry: Entry): string | undefined {
  return entry.by === undefined ? undefined : `by ${entry.by}`;
}

function latencyOf({ latency_us: latency }: Entry): string | undefined {
  if (latency === undefined) return undefined;
  const { total, upstream, decision } = latency;
  return `in ${millisText(total)} (upstream ${millisText(upstream)}, decision ${millisText(decision)})`;
}

function unfinished({ calls = [], more = 0 }: Entry): string | undefined {
  if (calls.length + more === 0) return undefined;
  const named = calls.slice(0, 10).map((seq) => `#${seq}`).join(" ");
  const others = calls.length + more - Math.min(10, calls.length);
  return `without outcome: ${named}${others === 0 ? "" : ` and ${others} more`}`;
}

function remarks(entry: Entry): readonly string[] {
  const { findings = [], threat = 0, threat_parts: parts = [], labels = [], note, rules = [] } = entry;
  return [
    ...(entry.kind === "session-open"
      ? [`server ${entry.server}`, `policy ${entry.policy ?? "unknown"}`]
      : []),
    ...(rules.length > 0 && entry.kind === "call" ? [`rules ${rules.join(" ")}`] : []),
    ...findings.map(({ id, at, count }) => `found ${id}${count === 1 ? "" : ` ×${count}`} at ${at}`),
    ...(threat > 0 ? [joined([`threat ${threat}`, ...parts])] : []),
    ...(labels.length > 0 ? [`labels ${labels.join(" ")}`] : []),
    ...(note === undefined ? [] : [`note: ${note}`]),
    ...(entry.kind === "call" && entry.detail !== undefined ? [entry.detail] : []),
  ].map(printable);
}

function padded([name, text]: readonly [string, string]): string {
  return `${name.padEnd(3)} ${text}`;
}
