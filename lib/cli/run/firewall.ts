/** The whole firewall of one `run`: workers, gate, upstream and client, from the first frame to the exit code. */
import { pause, systemClock, within } from "../../base/mod.ts";
import { clientChunks, clientSink, LineWriter } from "../../transport/mod.ts";
import { openBridgedGate } from "./bridged_gate.ts";
import { passComplaints } from "./complaints.ts";
import { drain, type EndReason, endReason } from "./ending.ts";
import { type Following, followPolicy } from "./follow_policy.ts";
import type { LedgerSession } from "./ledger_worker.ts";
import type { PolicyPlace } from "./policy_place.ts";
import { PolicySessions } from "./policy_sessions.ts";
import { policyTexts } from "./policy_texts.ts";
import { clientFrames, upstreamFrames } from "./pumps.ts";
import type { FirewallSettings } from "./settings.ts";
import { type EndSignal, listenForEnd, listenForReload } from "./signals.ts";
import { framesOf, startSide, type UpstreamExit, type UpstreamSide } from "./upstream_side.ts";
import { startWorkers, type Workers } from "./workers.ts";

/** Where people are told something. Never throws: nobody may be reading any more. */
export interface Telling {
  /** One line for the operator, without newline. */
  readonly log: (line: string) => void;
  /** Text for our stderr as it is. */
  readonly write: (text: string) => void;
}

/** Runs until the client or the upstream is done. The exit code of `run`. */
export async function runFirewall(
  settings: FirewallSettings,
  place: PolicyPlace,
  telling: Telling,
): Promise<number> {
  const signal = listenForEnd(), reloadSignal = listenForReload();
  // It starts beside the workers, which saves its time to start; it gets nothing to read before they stand.
  const { maxFrameBytes } = settings;
  const upstream = startSide(settings.upstream, { maxFrameBytes, log: telling.log });
  let standing: Standing | undefined, following: Following | undefined;
  try {
    const starting = stand(settings, telling.log).then((started) => standing = started);
    if (await Promise.race([starting, signal.came]) !== standing || standing === undefined) {
      return signal.code ?? 1;
    }
    const { sessions } = standing;
    following = followPolicy({ settings, place, sessions, log: telling.log, signal: reloadSignal });
    return await connect({ settings, ...standing, upstream, telling, signal });
  } finally {
    // Whatever happened above: the upstream does not outlive us, and the session gets its close.
    await upstream.end({ graceMs: 0 });
    following?.close();
    await standing?.session.close("ended");
    await standing?.workers.end();
  }
}

/** The workers, and the one session that they have here. */
interface Standing {
  readonly workers: Workers;
  readonly sessions: PolicySessions;
  readonly session: LedgerSession;
}

async function stand(settings: FirewallSettings, log: (line: string) => void): Promise<Standing> {
  const workers = await startWorkers(settings, log);
  const sessions = new PolicySessions(workers, policyTexts(settings.policies));
  try {
    const nowMs = systemClock.nowMicros() / 1000;
    return { workers, sessions, session: await sessions.open(settings.identity.principal(nowMs)) };
  } catch (thrown) {
    await workers.end();
    throw thrown;
  }
}

interface Parts {
  readonly settings: FirewallSettings;
  readonly workers: Workers;
  readonly session: LedgerSession;
  readonly upstream: UpstreamSide;
  readonly telling: Telling;
  readonly signal: EndSignal;
}

async function connect(parts: Parts): Promise<number> {
  const { settings, workers, session, upstream, telling, signal } = parts;
  const clientGone = Promise.withResolvers<void>();
  const toClient = new LineWriter(clientSink(), () => clientGone.resolve());
  const { maxFrameBytes, server, identity } = settings;
  const bridged = openBridgedGate({
    settings,
    workers,
    session,
    identity,
    log: telling.log,
    toClient: (line) => toClient.write(line),
    toUpstream: (line) => upstream.write(line),
  });
  const { gate, taker } = bridged;
  const asked = framesOf(clientChunks(), maxFrameBytes);
  const clientDone = clientFrames(taker, { frames: asked, target: upstream, back: toClient });
  const upstreamDone = upstreamFrames(gate, { frames: upstream.frames(), target: toClient, back: upstream });
  const complaintsDone = passComplaints(upstream.complaints(), {
    scan: workers.scan,
    server,
    write: telling.write,
  });
  const outputDone = Promise.allSettled([upstreamDone, complaintsDone]);

  const ends = {
    clientDone,
    clientGone: clientGone.promise,
    upstreamDeaf: upstream.deaf,
    upstream,
    signal,
  };
  const reason = await endReason(ends);
  bridged.clientDone();
  if (reason.kind === "client-done") await drain(bridged, { settings, ...ends });
  // An upstream that does not read what it was sent is ended all the same.
  await within(Promise.race([upstream.flushed(), signal.came]), FLUSH_MS);
  const exit = await upstream.end(signal.code === undefined ? undefined : { graceMs: SIGNALLED_GRACE_MS });
  await within(outputDone, LEFTOVER_OUTPUT_MS);
  gate.upstreamExited(exit.code, reason.kind !== "upstream-exit");
  await within(
    Promise.race([bridged.idle().then(() => toClient.flushed()), signal.came.then(() => pause(FLUSH_MS))]),
    settings.drainTimeoutMs,
  );
  await session.close(reason.kind);
  return exitCode(reason, exit, signal);
}

// A process that left its group may keep the upstream's pipes open for ever; what it writes is nobody's reply.
const LEFTOVER_OUTPUT_MS = 2_000;
const FLUSH_MS = 2_000;
// Clients that send a signal send SIGKILL soon after: the session's close has to be written before.
const SIGNALLED_GRACE_MS = 500;

/** The upstream's code where it left by itself with one; a signal that ended us, as a shell reports it; else done. */
function exitCode(reason: EndReason, exit: UpstreamExit, signal: EndSignal): number {
  if (signal.code !== undefined) return signal.code;
  if (!exit.forced && exit.code !== undefined && exit.code !== 0) return exit.code;
  // An upstream that leaves while it is needed has failed, whatever its code says.
  return reason.kind === "upstream-exit" ? 1 : 0;
}
