/** A run with several servers on stdio: one client, from the first frame to the exit code. */
import { pause, systemClock, within } from "../../../base/mod.ts";
import { clientChunks, clientSink, LineWriter } from "../../../transport/mod.ts";
import { drain } from "../ending.ts";
import type { Telling } from "../firewall.ts";
import { type Following, followPolicy } from "../follow_policy.ts";
import type { LedgerSession } from "../ledger_worker.ts";
import type { PolicyPlace } from "../policy_place.ts";
import { PolicySessions } from "../policy_sessions.ts";
import { policyTexts } from "../policy_texts.ts";
import { clientFrames } from "../pumps.ts";
import { type EndSignal, listenForEnd, listenForReload } from "../signals.ts";
import { framesOf } from "../upstream_side.ts";
import { startWorkers, type Workers } from "../workers.ts";
import { ClientGateway } from "./client_gateway.ts";
import type { GatewaySettings } from "./settings.ts";

const FLUSH_MS = 2_000, SIGNALLED_GRACE_MS = 500, GRACE_MS = 2_000;

/** Runs until the client is done, or no server can be started. The exit code of `run`. Throws Fault `upstream`. */
export async function runGateway(
  settings: GatewaySettings,
  place: PolicyPlace,
  telling: Telling,
): Promise<number> {
  const { whole } = settings;
  const signal = listenForEnd(), reloadSignal = listenForReload();
  let workers: Workers | undefined, following: Following | undefined, session: LedgerSession | undefined;
  try {
    const starting = startWorkers(whole, telling.log).then((started) => workers = started);
    if (await Promise.race([starting, signal.came]) !== workers || workers === undefined) {
      return signal.code ?? 1;
    }
    const sessions = new PolicySessions(workers, policyTexts(whole.policies));
    session = await sessions.open(whole.identity.principal(systemClock.nowMicros() / 1000));
    following = followPolicy({ settings: whole, place, sessions, log: telling.log, signal: reloadSignal });
    return await connect({ settings, workers, session, telling, signal });
  } finally {
    following?.close();
    await session?.close("ended");
    await workers?.end();
  }
}

interface Parts {
  readonly settings: GatewaySettings;
  readonly workers: Workers;
  readonly session: LedgerSession;
  readonly telling: Telling;
  readonly signal: EndSignal;
}

async function connect({ settings, workers, session, telling, signal }: Parts): Promise<number> {
  const { whole } = settings, { identity, maxFrameBytes } = whole;
  const gone = Promise.withResolvers<void>();
  const toClient = new LineWriter(clientSink(), () => gone.resolve());
  const client = new ClientGateway({
    settings,
    workers,
    session,
    identity,
    telling,
    toClient: (line) => toClient.write(line),
    clientRoom: () => toClient.room(),
  });
  const { gateway } = client;
  const target = { room: () => gateway.room(), answerRoom: () => Promise.resolve() };
  const clientDone = clientFrames(gateway, {
    frames: framesOf(clientChunks(), maxFrameBytes),
    target,
    back: toClient,
  });
  const failed = client.allFailed();
  const end = await Promise.race([
    clientDone.then(() => "client-done" as const),
    gone.promise.then(() => "client-gone" as const),
    signal.came.then(() => "signal" as const),
    failed.then(() => "upstream-exit" as const),
  ]);
  client.clientDone();
  if (end === "client-done") {
    await drain(client, { settings: whole, clientGone: gone.promise, signal });
  }
  await within(Promise.race([client.flushed(), signal.came]), FLUSH_MS);
  await client.end(signal.code === undefined ? GRACE_MS : SIGNALLED_GRACE_MS);
  const told = client.idle().then(() => toClient.flushed());
  await within(Promise.race([told, signal.came.then(() => pause(FLUSH_MS))]), FLUSH_MS);
  await session.close(end);
  if (end === "upstream-exit") throw await failed;
  return signal.code ?? 0;
}
