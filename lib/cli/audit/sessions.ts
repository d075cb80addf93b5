import { formatDuration } from "../../base/mod.ts";
import type { Entry, LedgerReader } from "../../ledger/mod.ts";
import { type SessionFacts, SessionSum } from "../../report/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { renderTable } from "../render.ts";
import { type EntryFilter, entryFilter } from "./filter.ts";
import { jsonLine } from "./json_line.ts";
import { DEFAULT_LINES, linesWanted } from "./list.ts";
import { progressOn } from "./progress.ts";
import { isRunning } from "./running.ts";
import { fits } from "./walk.ts";
import { type OpenLedger, withReader } from "./with_reader.ts";

/** A session, and whether its process lives: `open` is one that has no close and that nobody runs. */
type Listed = Omit<SessionFacts, "state"> & { readonly state: SessionFacts["state"] | "running" };

/** `audit sessions`: the newest first, each in numbers. */
export async function listSessions(args: Args, io: Io): Promise<number> {
  const most = linesWanted(args, "audit sessions", args.has("json") ? Infinity : DEFAULT_LINES);
  const filter = entryFilter(args, { command: "audit sessions" });
  return await withReader(args, io, async (open) => {
    const progress = progressOn(io, "reading", await open.reader.count());
    const sums = await newestSessions(open.reader, { most, onStep: progress.step, filter });
    progress.end();
    const sessions = await Promise.all(sums.map((sum) => withState(sum.facts(), open)));
    if (args.has("json")) io.out(jsonLine(sessions));
    else if (sessions.length === 0) io.err("no sessions fit\n");
    else io.out(renderTable(HEADERS, sessions.map(row), { terminal: io.terminal.out, right: NUMBERS }));
    return EXIT.done;
  });
}

interface Wanted {
  readonly most: number;
  readonly onStep: () => void;
  readonly filter: EntryFilter;
}

/** Sessions with an entry that fits, by their newest entry. Goes back until each of them has been seen whole. */
async function newestSessions(
  reader: LedgerReader,
  { most, onStep, filter }: Wanted,
): Promise<readonly SessionSum[]> {
  const gathering = new Gathering(most);
  for await (const read of reader.newestFirst()) {
    onStep();
    if (read.stored === undefined) continue;
    const fit = fits(read, filter);
    if (fit === "too old") gathering.beginNoMore();
    gathering.take(read.stored.entry, fit === "yes");
    if (gathering.isDone) break;
  }
  return gathering.sums();
}

/** Sessions as they are met, the newest entry first. */
class Gathering {
  readonly #most: number;
  readonly #sums = new Map<string, SessionSum>();
  readonly #chosen = new Set<string>();
  #incomplete = 0;
  #begins = true;

  constructor(most: number) {
    this.#most = most;
  }

  /** No session that is met from here on is wanted; those that were met go on. */
  beginNoMore(): void {
    this.#begins = false;
  }

  take(entry: Entry, isWanted: boolean): void {
    const { session } = entry;
    const sum = this.#sums.get(session) ?? this.#begin(session);
    if (sum === undefined) return;
    if (isWanted && this.#chosen.size < this.#most) this.#chosen.add(session);
    if (this.#chosen.size === this.#most) this.beginNoMore();
    const wasWhole = sum.isWhole;
    sum.take(entry);
    if (wasWhole || !sum.isWhole) return;
    this.#incomplete--;
    // Nothing of it fits, and nothing more of it will come.
    if (!this.#chosen.has(session)) this.#sums.delete(session);
  }

  get isDone(): boolean {
    return !this.#begins && this.#incomplete === 0;
  }

  sums(): readonly SessionSum[] {
    return [...this.#sums].filter(([session]) => this.#chosen.has(session)).map(([, sum]) => sum);
  }

  #begin(session: string): SessionSum | undefined {
    if (!this.#begins) return undefined;
    const sum = new SessionSum(session);
    this.#sums.set(session, sum);
    this.#incomplete++;
    return sum;
  }
}

async function withState(facts: SessionFacts, { folder }: OpenLedger): Promise<Listed> {
  if (facts.state !== "open" || !await isRunning(folder, facts.session)) return facts;
  return { ...facts, state: "running" };
}

const HEADERS = [
  "SESSION",
  "AGENT",
  "SERVER",
  "OPENED",
  "STATE",
  "CALLS",
  "REFUSED",
  "HELD",
  "UNFINISHED",
  "LASTED",
];
const NUMBERS = ["CALLS", "REFUSED", "HELD", "UNFINISHED", "LASTED"];

function row(session: Listed): readonly string[] {
  const { opened, duration_ms: duration } = session;
  return [
    session.session,
    session.verified ? `${session.agent} (verified)` : session.agent,
    session.server,
    opened === undefined ? "" : opened.slice(0, 19).replace("T", " "),
    session.state,
    String(session.calls),
    String(session.refused),
    String(session.held),
    String(session.without_outcome),
    duration === undefined ? "" : lasted(duration),
  ];
}

/** In the two largest units. */
function lasted(ms: number): string {
  const whole = ms < 1_000
    ? ms
    : ms < 3_600_000
    ? Math.round(ms / 1_000) * 1_000
    : Math.round(ms / 60_000) * 60_000;
  return formatDuration(Math.max(0, whole));
}
