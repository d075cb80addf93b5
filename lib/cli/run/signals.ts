/** What the system tells a run from outside. A signal may come at any time: at the start, and while it is ending already. */

/** A signal that asks us to end. */
export interface EndSignal {
  /** The exit code that tells of it, as a shell reports it. */
  readonly came: Promise<number>;
  /** The same, once it came. */
  readonly code: number | undefined;
}

const END_SIGNALS: readonly (readonly [Deno.Signal, number])[] = Deno.build.os === "windows"
  ? [["SIGINT", 130], ["SIGBREAK", 149]]
  : [["SIGINT", 130], ["SIGTERM", 143]];

/** Listens from now on. Without a listener a signal ends us at once, and the upstream, in its own group, stays. */
export function listenForEnd(): EndSignal {
  const { promise, resolve } = Promise.withResolvers<number>();
  let came: number | undefined;
  for (const [signal, code] of END_SIGNALS) {
    Deno.addSignalListener(signal, () => {
      came ??= code;
      resolve(code);
    });
  }
  return {
    came: promise,
    get code() {
      return came;
    },
  };
}

/** SIGHUP: load the policy again. A terminal that is closed sends it, too; there the end of input ends us. */
export interface ReloadSignal {
  /** Calls `take` for each signal from now on, and at once if one came before. */
  handTo(take: () => void): void;
}

/** Listens from now on: without a listener the signal would end us. Windows has no such signal. */
export function listenForReload(): ReloadSignal {
  let take: (() => void) | undefined;
  let early = false;
  if (Deno.build.os !== "windows") {
    Deno.addSignalListener("SIGHUP", () => {
      if (take === undefined) early = true;
      else take();
    });
  }
  return {
    handTo(taker) {
      take = taker;
      if (early) taker();
      early = false;
    },
  };
}
