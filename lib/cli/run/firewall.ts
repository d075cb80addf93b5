/** The whole firewall of one `run`: workers, gate, upstream and client, from the first frame to the exit code. */
import { systemClock } from "../../base/mod.ts";
import { Gate, type GatePorts } from "../../gate/mod.ts";
import { clientSink, type Exit, LineWriter, startUpstream, type Upstream } from "../../transport/mod.ts";
import { clientFrames, upstreamFrames } from "./pumps.ts";
import { drain, type EndReason, endReason } from "./ending.ts";
import { passComplaints } from "./complaints.ts";
import type { FirewallSettings } from "./settings.ts";
import { startWorkers, type Workers } from "./workers.ts";

/** Runs until the client or the upstream is done. `log`: one line for the operator. The exit code of `run`. */
export async function runFirewall(settings: FirewallSettings, log: (line: string) => void): Promise<number> {
  // It starts beside the workers, which saves its time to start; it gets nothing to read before they stand.
  const upstream = startUpstream(settings.upstream);
  const workers = await startWorkers(settings, log).catch(async (thrown) => {
    await upstream.end({ graceMs: 0 });
    throw thrown;
  });
  return await connect({ settings, workers, upstream, log });
}

interface Parts {
  readonly settings: FirewallSettings;
  readonly workers: Workers;
  readonly upstream: Upstream;
  readonly log: (line: string) => void;
}

async function connect({ settings, workers, upstream, log }: Parts): Promise<number> {
  const clientGone = Promise.withResolvers<void>();
  const toClient = new LineWriter(clientSink(), () => clientGone.resolve());
  // An upstream that closes its input is about to end; its exit says more than the broken pipe does.
  const toUpstream = new LineWriter(upstream.sink, () => {});
  const gate = openGate({ settings, workers, log, toClient, toUpstream });
  const { maxFrameBytes } = settings;
  const clientDone = clientFrames(gate, { maxFrameBytes, target: toUpstream });
  const upstreamDone = upstreamFrames(gate, { maxFrameBytes, target: toClient, chunks: upstream.chunks() });
  const complaintsDone = passComplaints(upstream, workers.scan, settings.server);

  const reason = await endReason({ clientDone, clientGone: clientGone.promise, upstream });
  if (reason.kind === "client-done") {
    await drain(gate, { settings, upstream, clientGone: clientGone.promise });
  }
  // An upstream that does not read what it was sent is ended all the same.
  await within(toUpstream.flushed(), FLUSH_MS);
  const exit = await upstream.end();
  await within(Promise.all([upstreamDone, complaintsDone]), LEFTOVER_OUTPUT_MS);
  gate.upstreamExited(exit.code, reason.kind !== "upstream-exit");
  await within(gate.idle(), settings.drainTimeoutMs);
  await within(toClient.flushed(), settings.drainTimeoutMs);
  await workers.close(reason.kind);
  return exitCode(reason, exit);
}

// A process that left its group may keep the upstream's pipes open for ever; what it writes is nobody's reply.
const LEFTOVER_OUTPUT_MS = 2_000;
const FLUSH_MS = 2_000;

interface Wiring extends Omit<Parts, "upstream"> {
  readonly toClient: LineWriter;
  readonly toUpstream: LineWriter;
}

function openGate({ settings, workers, log, toClient, toUpstream }: Wiring): Gate {
  const ports: GatePorts = {
    scan: workers.scan,
    policy: workers.policy,
    ledger: workers.ledger,
    client: (line) => toClient.write(line),
    upstream: (line) => toUpstream.write(line),
    log,
    clock: systemClock,
    pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  };
  const { server, principal, refusalStyle, holdTimeoutMs } = settings;
  const { session } = workers;
  return new Gate({
    ports,
    settings: { server, principal, session, refusalStyle, holdTimeoutMs, enforced: true },
  });
}

/** The upstream's code where it left by itself with one; a signal that ended us, as a shell reports it; else done. */
function exitCode(reason: EndReason, exit: Exit): number {
  if (reason.kind === "signal") return reason.code;
  if (!exit.forced && exit.code !== 0) return exit.code;
  // An upstream that leaves while it is needed has failed, whatever its code says.
  return reason.kind === "upstream-exit" ? 1 : 0;
}

/** Waits for `work`, but not longer than `ms`. */
async function within(work: Promise<unknown>, ms: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  await Promise.race([work, new Promise((resolve) => timer = setTimeout(resolve, ms))]);
  clearTimeout(timer);
}
