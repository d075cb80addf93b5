/** Why a run ends, and how long it waits for what is still under way. */
import type { Gate } from "../../gate/mod.ts";
import type { Upstream } from "../../transport/mod.ts";
import type { FirewallSettings } from "./settings.ts";

export type EndReason =
  | { readonly kind: "client-done" } // end of input: what was asked is still answered
  | { readonly kind: "client-gone" } // nobody reads our output
  | { readonly kind: "upstream-exit" } // the upstream left by itself
  | { readonly kind: "signal"; readonly code: number };

interface Ends {
  readonly clientDone: Promise<void>;
  readonly clientGone: Promise<void>;
  readonly upstream: Upstream;
}

/** The first thing that ends the run. */
export async function endReason({ clientDone, clientGone, upstream }: Ends): Promise<EndReason> {
  return await Promise.race([
    clientDone.then((): EndReason => ({ kind: "client-done" })),
    clientGone.then((): EndReason => ({ kind: "client-gone" })),
    upstream.exited.then((): EndReason => ({ kind: "upstream-exit" })),
    signalled(),
  ]);
}

const SIGNALS: readonly (readonly [Deno.Signal, number])[] = Deno.build.os === "windows"
  ? [["SIGINT", 130], ["SIGBREAK", 149]]
  : [["SIGINT", 130], ["SIGTERM", 143], ["SIGHUP", 129]];

/** Without a listener a signal would end us at once, and the upstream, in its own process group, would stay. */
function signalled(): Promise<EndReason> {
  return new Promise((resolve) => {
    for (const [signal, code] of SIGNALS) {
      Deno.addSignalListener(signal, () => resolve({ kind: "signal", code }));
    }
  });
}

// A client that was killed can read no reply. It looks like one that closed its output, but for our parent being
// another one by now; a client that only left the foreground gets this long.
const ORPHAN_DRAIN_MS = 5_000;

interface Drain {
  readonly settings: FirewallSettings;
  readonly upstream: Upstream;
  readonly clientGone: Promise<void>;
}

/** Waits until every call has its answer: not for ever, and not for an upstream or a client that is gone. */
export async function drain(gate: Gate, { settings, upstream, clientGone }: Drain): Promise<void> {
  const ms = Deno.ppid === PARENT
    ? settings.drainTimeoutMs
    : Math.min(ORPHAN_DRAIN_MS, settings.drainTimeoutMs);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  await Promise.race([gate.idle(), upstream.exited, clientGone, late]);
  clearTimeout(timer);
}

const PARENT = Deno.ppid;
