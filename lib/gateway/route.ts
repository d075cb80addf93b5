/** A request of the client that one server answers: on its way there, and what passes by on the way back. */
import type { ClientPlace } from "../wire/mod.ts";
import { answerProblem, type Desk } from "./desk.ts";
import type { Open } from "./open_requests.ts";
import { fromServer } from "./from_server.ts";
import type { Found, Routed } from "./lookup.ts";
import { nowhere, type Server } from "./server.ts";
import { absence, settled } from "./standing.ts";

/** Sends it on its way. What the tables know leaves before this returns, so that calls keep their order. */
export function route(desk: Desk, open: Open, found: Found | Promise<Found>): void | Promise<void> {
  if (!(found instanceof Promise)) return deliver(desk, open, found);
  return found.then((late) => open.isCancelled ? undefined : deliver(desk, open, late));
}

function deliver(desk: Desk, open: Open, found: Found): void | Promise<void> {
  if (found.kind === "problem") return answerProblem(desk, open, found);
  if (found.server.standing.kind !== "starting") return send(desk, open, found);
  return settled(desk, found.server).then(() => open.isCancelled ? undefined : send(desk, open, found));
}

function send(desk: Desk, open: Open, { server, message }: Routed): void {
  const absent = absence(desk, server);
  if (absent !== undefined) return answerProblem(desk, open, absent);
  const { place } = open;
  open.onCancel = (notice) =>
    server.take({ kind: "read", incoming: notice, bytes: notice.bytes }, nowhere(place.scope));
  server.take({ kind: "read", incoming: message, bytes: message.bytes }, placeAt(desk, open, server));
}

function placeAt(desk: Desk, open: Open, server: Server): ClientPlace {
  const { life } = server, { place } = open;
  return {
    scope: place.scope,
    isConnection: place.isConnection === true,
    reply: (line) => {
      if (line !== undefined) {
        desk.links.learn(server, line);
        open.onAnswer?.(line);
      }
      place.reply(line);
    },
    beside: (line) => fromServer(desk, { server, life, line, beside: (own) => place.beside(own) }),
    // The answer is this server's alone, and so is what it asks for first.
    challenge: (challenge) => place.challenge?.(challenge),
  };
}
