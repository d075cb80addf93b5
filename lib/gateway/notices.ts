/** What the client tells without asking: to all servers, or to the one that it concerns. */
import { isJsonObject } from "../base/mod.ts";
import { cancelledIdOf, type ClientPlace, methodInfo, type NoticeMessage, taskIdOf } from "../wire/mod.ts";
import { PROMPTS, TOOLS } from "./catalog.ts";
import type { Desk } from "./desk.ts";
import { findNamed, findUri } from "./lookup.ts";
import { nowhere, type Server } from "./server.ts";

/** ATTACKER-CONTROLLED. */
export function takeNotice(desk: Desk, notice: NoticeMessage, place: ClientPlace): void {
  switch (notice.method) {
    case "notifications/cancelled":
      return cancel(desk, notice, place);
    case "notifications/progress":
      return passProgress(desk, notice);
    case "notifications/tasks/status":
      return passTo(desk, notice, desk.asked.ofTask(taskIdOf(notice.params) ?? ""));
    case "notifications/initialized":
      desk.client.isInitialized = true;
      return passToAll(desk, notice);
    default:
      return methodInfo(notice.method)?.judged === true ? passJudged(desk, notice) : passToAll(desk, notice);
  }
}

function cancel(desk: Desk, notice: NoticeMessage, { scope }: ClientPlace): void {
  const id = cancelledIdOf(notice.params);
  const open = id === undefined ? undefined : desk.open.get(scope, id);
  if (open === undefined) return drop(desk, notice, "unknown-id");
  open.isCancelled = true;
  open.onCancel?.(notice);
}

function passProgress(desk: Desk, notice: NoticeMessage): void {
  const own = desk.asked.progress(notice);
  if (own === undefined) return drop(desk, notice, "unknown-id");
  const { params } = own.value;
  if (isJsonObject(params)) passTo(desk, { ...notice, value: own.value, params }, own.server);
}

/** A call that wants no answer, as a careless server might run it: it is for the gate of the server that it is meant for. */
function passJudged(desk: Desk, notice: NoticeMessage): void {
  const asRequest = { ...notice, kind: "request", id: 0 } as const;
  const found = notice.method === "tools/call"
    ? findNamed(desk, TOOLS, asRequest)
    : notice.method === "prompts/get"
    ? findNamed(desk, PROMPTS, asRequest)
    : findUri(desk, asRequest);
  if (found instanceof Promise || found.kind === "problem") return drop(desk, notice, "unknown-name");
  const { params = {}, value } = found.message;
  passTo(desk, { ...notice, params, value }, found.server);
}

function passToAll(desk: Desk, notice: NoticeMessage): void {
  for (const server of desk.servers) if (server.isReady) passTo(desk, notice, server);
}

function passTo(desk: Desk, notice: NoticeMessage, server: Server | undefined): void {
  if (server === undefined) return drop(desk, notice, "unknown-id");
  server.take({ kind: "read", incoming: notice, bytes: notice.bytes }, nowhere(""));
}

function drop(desk: Desk, { bytes }: NoticeMessage, reason: string): void {
  desk.ports.incident({ kind: "malformed", direction: "to-upstream", reason, bytes });
}
