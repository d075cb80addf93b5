/** What becomes of each method that a client can ask for. */
import { isJsonObject } from "../base/mod.ts";
import { encodeFrame } from "../wire/mod.ts";
import { LIST_KINDS, PROMPTS, TOOLS } from "./catalog.ts";
import { answerProblem, answerResult, type Desk, PATIENCE_MS } from "./desk.ts";
import type { Open } from "./open_requests.ts";
import { discover, initialize } from "./handshake.ts";
import { mergeList } from "./lists.ts";
import { findCompletion, findNamed, findTask, findUri, type Found } from "./lookup.ts";
import { route } from "./route.ts";
import { readReply } from "./server.ts";

type Handler = (desk: Desk, open: Open) => void | Promise<void>;

function task(desk: Desk, open: Open): void | Promise<void> {
  return route(desk, open, findTask(desk, open.message));
}

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["initialize", initialize],
  ["server/discover", discover],
  ["ping", (_desk, open) => answerResult(open, {})],
  ["tools/call", (desk, open) => route(desk, open, findNamed(desk, TOOLS, open.message))],
  ["prompts/get", (desk, open) => route(desk, open, findNamed(desk, PROMPTS, open.message))],
  ["resources/read", (desk, open) => route(desk, open, findUri(desk, open.message))],
  ["resources/subscribe", subscribe],
  ["resources/unsubscribe", unsubscribe],
  ["completion/complete", (desk, open) => route(desk, open, findCompletion(desk, open.message))],
  ["logging/setLevel", setLevel],
  ["subscriptions/listen", (desk, open) => desk.subscriptions.open(desk, open)],
  ...["tasks/get", "tasks/result", "tasks/cancel", "tasks/update"].map((method) => [method, task] as const),
  ...LIST_KINDS.map((kind): [string, Handler] => [kind.method, (desk, open) => mergeList(desk, open, kind)]),
]);

export function answerRequest(desk: Desk, open: Open): void | Promise<void> {
  const handler = HANDLERS.get(open.message.method);
  // Cancelled while it is being looked up: it leaves no more, and a cancelled request gets no answer.
  open.onCancel = () => open.place.reply();
  if (handler !== undefined) return handler(desk, open);
  answerProblem(desk, open, {
    kind: "problem",
    code: -32601,
    text: "Method not found: a gateway cannot tell which of its servers this method is for",
    reason: "unknown-method",
  });
}

function subscribe(desk: Desk, open: Open): void | Promise<void> {
  const found = findUri(desk, open.message);
  return found instanceof Promise
    ? found.then((late) => keepSubscription(desk, open, late))
    : keepSubscription(desk, open, found);
}

/** Kept for a server that is started anew. What was refused is not: it would be asked for again with each start. */
function keepSubscription(desk: Desk, open: Open, found: Found): void | Promise<void> {
  if (open.isCancelled) return;
  const uri = open.message.params?.uri;
  if (found.kind !== "routed" || typeof uri !== "string") return route(desk, open, found);
  const { subscribed } = desk.client;
  open.onAnswer = (line) => {
    if (readReply(line)?.result === undefined || subscribed.size >= MAX_SUBSCRIBED) return;
    subscribed.set(uri, { server: found.server, params: { uri } });
  };
  return route(desk, open, found);
}

const MAX_SUBSCRIBED = 10_000;

function unsubscribe(desk: Desk, open: Open): void | Promise<void> {
  const uri = open.message.params?.uri;
  const { subscribed } = desk.client;
  const known = typeof uri === "string" ? subscribed.get(uri) : undefined;
  // Also one whose subscription is not answered yet: that answer comes before this one's.
  open.onAnswer = () => void (typeof uri === "string" && subscribed.delete(uri));
  if (known === undefined || typeof uri !== "string") {
    return route(desk, open, findUri(desk, open.message));
  }
  subscribed.delete(uri);
  return route(desk, open, { kind: "routed", server: known.server, message: open.message });
}

/** To all that keep a log for their client. */
async function setLevel(desk: Desk, open: Open): Promise<void> {
  const { params } = open.message;
  desk.client.logLevel = params;
  const able = desk.servers.filter((server) => server.isReady && server.mayHave("logging"));
  const replies = await Promise.all(able.map(async (server) => {
    const { answer } = server.ask("logging/setLevel", params, { bytes: open.message.bytes });
    return await desk.ports.within(answer, PATIENCE_MS) ? await answer : undefined;
  }));
  if (open.isCancelled) return;
  const failed = replies.find((reply) => isJsonObject(reply?.error))?.error;
  if (failed === undefined || replies.some((reply) => isJsonObject(reply?.result))) {
    return answerResult(open, {});
  }
  open.place.reply(encodeFrame({ jsonrpc: "2.0", id: open.message.id, error: failed }));
}
