/** Why a run ends, and how long it waits for what is still under way. */
import { pause, within } from "../../base/mod.ts";
import type { Gate } from "../../gate/mod.ts";
import type { FirewallSettings } from "./settings.ts";
import type { EndSignal } from "./signals.ts";
import type { UpstreamSide } from "./upstream_side.ts";

export type EndReason =
  | { readonly kind: "client-done" } // end of input: what was asked is still answered
  | { readonly kind: "client-gone" } // nobody reads our output
  | { readonly kind: "upstream-exit" } // the upstream left by itself
  | { readonly kind: "signal"; readonly code: number };

interface Ends {
  readonly clientDone: Promise<void>;
  readonly clientGone: Promise<void>;
  /** The upstream takes nothing any more. */
  readonly upstreamDeaf: Promise<void>;
  readonly upstream: UpstreamSide;
  readonly signal: EndSignal;
}

/** The first thing that ends the run. */
export async function endReason(
  { clientDone, clientGone, upstreamDeaf, upstream, signal }: Ends,
): Promise<EndReason> {
  const upstreamExit = (): EndReason => ({ kind: "upstream-exit" });
  return await Promise.race([
    clientDone.then((): EndReason => ({ kind: "client-done" })),
    clientGone.then((): EndReason => ({ kind: "client-gone" })),
    upstream.exited.then(upstreamExit),
    // One that closed its input is mostly on its way out, and its own exit says more. One that stays answers nobody.
    upstreamDeaf.then(() => pause(DEAF_GRACE_MS)).then(upstreamExit),
    signal.came.then((code): EndReason => ({ kind: "signal", code })),
  ]);
}

const DEAF_GRACE_MS = 500;

// A client that was killed can read no reply. It looks like one that closed its output, but for our parent being
// another one by now, or in a moment; a client that only left the foreground gets this long.
const ORPHAN_DRAIN_MS = 5_000;
const PARENT_LOOK_MS = 250;
const PARENT = Deno.ppid;

/** Resolves a while after our parent has gone. `done` ends the looking. */
async function orphaned(done: { readonly yes: boolean }): Promise<void> {
  while (!done.yes && Deno.ppid === PARENT) await pause(PARENT_LOOK_MS);
  if (!done.yes) await pause(ORPHAN_DRAIN_MS);
}

interface Drain {
  readonly settings: FirewallSettings;
  /** Absent where there are several: while one of them is there, there is something to wait for. */
  readonly upstream?: UpstreamSide;
  readonly clientGone: Promise<void>;
  readonly signal: EndSignal;
}

/** Waits until every call has its answer: not for ever, and not for an upstream or a client that is gone. */
export async function drain(
  gate: Pick<Gate, "idle">,
  { settings, upstream, clientGone, signal }: Drain,
): Promise<void> {
  const done = { yes: false };
  await within(
    Promise.race([
      gate.idle(),
      ...upstream ? [upstream.exited] : [],
      clientGone,
      signal.came,
      orphaned(done),
    ]),
    settings.drainTimeoutMs,
  );
  done.yes = true;
}
