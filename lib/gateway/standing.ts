/** Whether a server can be asked now, and what is said where it cannot. */
import { ERROR_CODE } from "../wire/mod.ts";
import { type Desk, PATIENCE_MS, type Problem } from "./desk.ts";
import type { Server } from "./server.ts";

/** Resolves when the server is not starting any more, or has been waited for. */
export async function settled(desk: Desk, server: Server, patienceMs = PATIENCE_MS): Promise<void> {
  if (server.standing.kind !== "starting") return;
  await desk.ports.within(noLongerStarting(server), patienceMs);
}

async function noLongerStarting(server: Server): Promise<void> {
  while (server.standing.kind === "starting") await server.changed;
}

/** Why nothing can be asked of `server`; `undefined` where it can. */
export function absence(desk: Desk, server: Server): Problem | undefined {
  const problem = (text: string, reason: string, data = {}): Problem => ({
    kind: "problem",
    code: ERROR_CODE.internal,
    text: `The server "${server.name}" ${text}`,
    data: { server: server.name, ...data },
    reason,
    server: server.name,
  });
  const { standing } = server;
  switch (standing.kind) {
    case "ready":
      return server.isStuck ? problem("does not read what it is sent", "upstream-stuck") : undefined;
    case "starting":
      return problem("is still starting", "upstream-starting");
    case "odd":
      return problem(`cannot be used by this client: ${standing.message}`, "upstream-odd");
    case "down": {
      const { exitCode, retryAtMs } = standing.down;
      const retryInMs = Math.max(0, Math.round(retryAtMs - desk.ports.clock.monotonicMs()));
      const how = exitCode === undefined
        ? "cannot be started or reached"
        : `has ended (exit code ${exitCode})`;
      const when = `it is started again in ${Math.ceil(retryInMs / 1000)} s`;
      return problem(`${how}; ${when}`, "upstream-down", {
        ...exitCode !== undefined && { exitCode },
        retryInMs,
      });
    }
  }
}
