/** What a server says by itself: requests, notices. Replies come back by the places of their requests. */
import { type NoticeMessage, readLine, taskIdOf } from "../wire/mod.ts";
import { LIST_KINDS } from "./catalog.ts";
import type { Desk } from "./desk.ts";
import { tellChanged } from "./lists.ts";
import type { Server } from "./server.ts";

export interface FromServer {
  readonly server: Server;
  /** The life of the server that it was said in: what comes late is nobody's business. */
  readonly life: number;
  /** As its gate let it pass. */
  readonly line: string;
  /** Towards the client. */
  readonly beside: (line: string) => void;
}

const LISTS_CHANGED: ReadonlySet<string> = new Set(
  LIST_KINDS.flatMap(({ changed }) => changed === undefined ? [] : [changed]),
);

export function fromServer(desk: Desk, { server, life, line, beside }: FromServer): void {
  if (server.life !== life) return;
  const incoming = readLine(line);
  if (incoming.kind === "request") return desk.asked.ask(server, incoming, beside);
  if (incoming.kind === "notice") return passNotice(desk, server, { incoming, line, beside });
  // A gate lets nothing else pass on this way but what it says itself of broken lines.
  beside(line);
}

interface Passing {
  readonly incoming: NoticeMessage;
  readonly line: string;
  readonly beside: (line: string) => void;
}

function passNotice(desk: Desk, server: Server, { incoming, line, beside }: Passing): void {
  if (LISTS_CHANGED.has(incoming.method)) {
    server.expire(incoming.method);
    return tellChanged(desk, incoming.method);
  }
  if (isOfAnother(desk, server, incoming)) {
    return desk.ports.incident({
      kind: "malformed",
      direction: "to-client",
      server: server.name,
      reason: "unknown-id",
      bytes: incoming.bytes,
    });
  }
  if (incoming.method !== "notifications/cancelled") return beside(line);
  const own = desk.asked.cancelled(server, incoming);
  if (own !== undefined) beside(own);
}

/** Does it speak of a task that another server began, or of a resource that the client watches at another one? */
function isOfAnother(desk: Desk, server: Server, { method, params }: NoticeMessage): boolean {
  const task = method === "notifications/tasks/status" ? taskIdOf(params) : undefined;
  if (task !== undefined) {
    const owners = desk.links.ofTask(task);
    return owners.length > 0 && !owners.includes(server);
  }
  const uri = method === "notifications/resources/updated" ? params?.uri : undefined;
  const watched = typeof uri === "string" ? desk.client.subscribed.get(uri)?.server : undefined;
  return watched !== undefined && watched !== server;
}
