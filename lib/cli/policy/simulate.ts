import { Fault } from "../../base/mod.ts";
import { Simulation } from "../../policy/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { newBook } from "./book.ts";
import { tellDiagnostics } from "./check.ts";
import { loadAsRunDoes } from "./load.ts";
import type { RecordedEvent, Recording } from "./recorded_event.ts";
import { openRecording } from "./recording.ts";
import { type Simulated, simulationJson, simulationText } from "./simulate_report.ts";
import { sourcesOf } from "./sources.ts";

/** `policy simulate FILE… --from LEDGER|JSONL`: what would have been decided on recorded traffic. */
export async function simulatePolicy(args: Args, io: Io): Promise<number> {
  const files = args.words.slice(1);
  if (files.length === 0) throw usage("no policy is named");
  const from = args.text("from");
  if (from === undefined) throw usage("no recorded traffic is named");
  const sources = sourcesOf(files, io);
  const policy = await loadAsRunDoes(sources, io);
  if (!policy.ok) {
    tellDiagnostics(policy.error, sources, io);
    return EXIT.usage;
  }
  const recording = await openRecording(from, io, sources.scan);
  try {
    const simulation = new Simulation(policy.value, newBook());
    const { unasked, unreadable } = await playBack(recording, simulation, io);
    const { name, digest } = policy.value;
    const found: Simulated = {
      ...simulation.result,
      unasked,
      unreadable,
      counted: recording.counted,
      policy: { name, digest },
    };
    io.out(args.has("json") ? simulationJson(found) : simulationText(found, io.terminal.out));
    return found.changed === 0 ? EXIT.done : EXIT.no;
  } finally {
    recording.close();
  }
}

async function playBack(
  { events, total }: Recording,
  simulation: Simulation,
  io: Io,
): Promise<{ readonly unasked: number; readonly unreadable: number }> {
  const progress = progressOn(io, total);
  let unasked = 0, unreadable = 0;
  for await (const event of events) {
    progress.step();
    if (event.type === "unasked") unasked++;
    else if (event.type === "unreadable") unreadable++;
    else play(event, simulation);
  }
  progress.end();
  return { unasked, unreadable };
}

function play(event: RecordedEvent, simulation: Simulation): void {
  if (event.type === "call") simulation.call(event.call);
  else if (event.type === "answer") simulation.answer(event.answer);
  else if (event.type === "end") simulation.end(event.session);
}

const STEP = 4096;

/** One line on a terminal that counts; nothing elsewhere. */
function progressOn(io: Io, total: number | undefined) {
  let done = 0, shown = false;
  return {
    step() {
      if (++done % STEP !== 0 || !io.terminal.err) return;
      const of = total === undefined ? "" : ` of ${total.toLocaleString("en")}`;
      io.err(`\r\x1b[Ksimulating ${done.toLocaleString("en")}${of}`);
      shown = true;
    },
    end() {
      if (shown) io.err("\r\x1b[K");
    },
  };
}

function usage(cause: string): Fault {
  return new Fault("usage", `Cannot simulate: ${cause}`, {
    hint: "countersign policy simulate policy.toml --from .countersign",
  });
}
