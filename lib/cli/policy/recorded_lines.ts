/**
 * Recorded traffic as JSON lines: entries as `audit --json` prints them, in either direction, or lines of one's own. The
 * file is read in pieces: it may be larger than the memory. All of it may be ATTACKER-CONTROLLED.
 */
import { isJsonObject, type JsonObject, parseJson } from "../../base/mod.ts";
import { lineFault } from "./line_fault.ts";
import { type EntryLine, eventOfEntry } from "./recorded_entry.ts";
import { eventOfLine } from "./recorded_line.ts";
import type { RecordedEvent, Recording } from "./recorded_event.ts";
import type { ScanCall } from "./scan_call.ts";
import { linesBackward, linesForward, type NumberedLine } from "./text_lines.ts";

/** What lines of one's own need: entries say themselves what was found. */
export interface LineReading {
  /** The file's name as a person gave it. */
  readonly shown: string;
  readonly scanCall: ScanCall;
}

/** Opens the file at `path`. Throws Fault `usage` for a line that is none. */
export async function openLines(path: string, reading: LineReading): Promise<Recording> {
  const { shown } = reading;
  const { entries, newestFirst } = await survey(path, shown);
  const lines = newestFirst ? linesBackward(path) : linesForward(path);
  const events = entries ? entryEvents(lines, shown) : ownEvents(lines, reading);
  return { counted: entries ? "entry" : "line", events, close: () => {} };
}

async function* entryEvents(lines: AsyncIterable<NumberedLine>, shown: string): AsyncIterable<RecordedEvent> {
  for await (const line of lines) {
    const value = objectOf(line, shown);
    if (!isEntry(value)) throw lineFault(shown, line, "the lines above it are entries, and it is none");
    yield eventOfEntry(value);
  }
}

async function* ownEvents(
  lines: AsyncIterable<NumberedLine>,
  { shown, scanCall }: LineReading,
): AsyncIterable<RecordedEvent> {
  let afterMs: number | undefined;
  for await (const line of lines) {
    const event = eventOfLine(objectOf(line, shown), { line, afterMs, shown, scanCall });
    afterMs = event.call.request.context.nowMs;
    yield event;
  }
}

function objectOf(line: NumberedLine, shown: string): JsonObject {
  const parsed = parseJson(line.text);
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  throw lineFault(shown, line, parsed.ok ? "it is no object" : parsed.error.message);
}

/** As much of an entry as is read here; what else there is does not matter to a simulation. */
function isEntry(value: JsonObject): value is JsonObject & EntryLine {
  const { kind, seq, time, session, server, agent, findings = [], rules = [] } = value;
  return [kind, time, session, server].every(isText) && typeof seq === "number" &&
    !Number.isNaN(Date.parse(String(time))) && isJsonObject(agent) && isText(agent.id) &&
    typeof agent.verified === "boolean" && isTexts(agent.roles) && isTexts(rules) &&
    Array.isArray(findings) && findings.every((finding) => isJsonObject(finding) && isText(finding.id)) &&
    ["method", "tool", "reason", "decision", "verdict", "policy", "detail", "form", "direction"].every((
      key,
    ) => value[key] === undefined || isText(value[key])) &&
    [value.threat, value.call].every((number) => number === undefined || typeof number === "number");
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every(isText);
}

interface Survey {
  readonly entries: boolean;
  readonly newestFirst: boolean;
}

/** `audit --json` prints the newest entry first: the first two lines say what the file holds, and which way it goes. */
async function survey(path: string, shown: string): Promise<Survey> {
  let first: number | undefined;
  for await (const line of linesForward(path)) {
    const value = objectOf(line, shown);
    if (!isEntry(value)) break;
    if (first !== undefined) return { entries: true, newestFirst: value.seq < first };
    first = value.seq;
  }
  return { entries: first !== undefined, newestFirst: false };
}
