import { rfc3339Micros, systemClock } from "../../base/mod.ts";
import type { LedgerReader } from "../../ledger/mod.ts";
import {
  countOf,
  evidenceMarkdown,
  type Facts,
  holds,
  reportPage,
  type Unfinished,
} from "../../report/mod.ts";
import type { TimeRange } from "../audit/filter.ts";
import { withReader } from "../audit/with_reader.ts";
import type { Args, Io } from "../command.ts";
import { gatherFacts } from "../stats/gather.ts";
import { verifyFolder } from "../verify/ledger.ts";
import type { Trust } from "../verify/trust.ts";
import { VERSION } from "../build_kind.ts";

/** What a report is made from. */
export interface Making {
  readonly args: Args;
  readonly io: Io;
  readonly range: TimeRange;
  readonly trust: Trust;
}

/** A report, and what its verification said. */
export interface Made {
  readonly text: string;
  readonly status: string;
  readonly holds: boolean;
}

/** Reads the range, verifies the whole ledger, and writes both down. */
export async function makeReport({ args, io, range, trust }: Making): Promise<Made> {
  return await withReader(args, io, async ({ reader, folder }) => {
    const facts = await named(reader, await gatherFacts(reader, { io, range }));
    const report = await verifyFolder(folder, trust, io);
    const integrity = { report, isKeyNamed: trust.named.length > 0 };
    const input = {
      facts,
      integrity,
      made: rfc3339Micros(systemClock.nowMicros()),
      version: VERSION,
      ...range,
    };
    return {
      text: args.has("markdown") ? evidenceMarkdown(input) : reportPage(input),
      status: `${report.status}, ${countOf(report.entries, "entry", "entries")}`,
      holds: holds(integrity),
    };
  });
}

/** The calls without outcome, with what their own entries say. */
async function named(reader: LedgerReader, facts: Facts): Promise<Facts> {
  const calls = await Promise.all(facts.without_outcome.calls.map((call) => withName(reader, call)));
  return { ...facts, without_outcome: { ...facts.without_outcome, calls } };
}

async function withName(reader: LedgerReader, call: Unfinished): Promise<Unfinished> {
  const entry = (await reader.entry(call.seq))?.stored?.entry;
  if (entry === undefined) return call;
  const { tool = "", method = "", server, time } = entry;
  return { ...call, tool: tool === "" ? method : tool, server, time };
}
