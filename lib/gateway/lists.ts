/** Lists of all servers as one: asked at once, page by page, under one cursor. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import { encodeFrame, ERROR_CODE, type ReplyMessage } from "../wire/mod.ts";
import { type ListKind, PROMPTS, TASKS, TOOLS } from "./catalog.ts";
import { type Cursors, decodeCursor, encodeCursor } from "./cursor.ts";
import {
  answerProblem,
  answerResult,
  type Desk,
  invalidParams,
  ownMeta,
  ownParams,
  PATIENCE_MS,
  type Problem,
} from "./desk.ts";
import type { Open } from "./open_requests.ts";
import { overlapping, prefixed, shortened } from "./names.ts";
import type { Asking, Server } from "./server.ts";
import { settled } from "./standing.ts";
import { itemsOf, survey } from "./survey.ts";

// So many pages that came too late are waited for, should somebody ask for them again.
const MAX_SLOW_PAGES = 16;

/** What one server said; `undefined`: it is gone, late, or has no such list. */
interface Page {
  readonly server: Server;
  readonly reply: ReplyMessage | undefined;
  /** With which it can be asked again: it was late with a further page. */
  readonly again?: string;
}

export async function mergeList(desk: Desk, open: Open, kind: ListKind): Promise<void> {
  const cursor = open.message.params?.cursor;
  const cursors = cursor === undefined ? undefined : cursorsOf(desk, kind, cursor);
  if (cursor !== undefined && cursors === undefined) {
    return answerProblem(desk, open, invalidParams("cursor is not one that this list was answered with"));
  }
  const asking = new Set<Asking>();
  open.onCancel = () => {
    for (const one of asking) one.cancel();
    open.place.reply();
  };
  const asked = cursors === undefined ? desk.servers : desk.servers.filter(({ name }) => cursors.has(name));
  const pages = await Promise.all(
    asked.map((server) => pageOf(desk, open, { kind, server, cursor: cursors?.get(server.name), asking })),
  );
  const collision = await collisionIn(desk, open, kind);
  if (open.isCancelled) return;
  open.onCancel = undefined;
  if (collision !== undefined) return answerProblem(desk, open, collision);
  answerPages(desk, open, { kind, pages, first: cursors === undefined });
}

function cursorsOf(desk: Desk, { method }: ListKind, cursor: JsonValue): Cursors | undefined {
  return decodeCursor(cursor, { method, servers: desk.servers.map(({ name }) => name) });
}

interface Asked {
  readonly kind: ListKind;
  readonly server: Server;
  readonly cursor: string | undefined;
  readonly asking: Set<Asking>;
}

async function pageOf(desk: Desk, open: Open, { kind, server, cursor, asking }: Asked): Promise<Page> {
  await settled(desk, server);
  if (!server.isReady || open.isCancelled || !server.mayHave(kind.capability)) {
    return { server, reply: undefined };
  }
  const late = cursor === undefined ? server.late.get(kind) : undefined;
  if (late === "awaited") return { server, reply: undefined };
  if (late !== undefined) {
    server.late.delete(kind);
    return { server, reply: late };
  }
  const params = ownParams(open.message, cursor === undefined ? {} : { cursor });
  const page = `${kind.method} ${cursor ?? ""}`;
  const one = server.slowPages.get(page) ?? server.ask(kind.method, params, { bytes: open.message.bytes });
  asking.add(one);
  const came = await desk.ports.within(one.answer, PATIENCE_MS);
  server.slowPages.delete(page);
  if (came) return { server, reply: await one.answer };
  if (!open.isCancelled) expectLate(desk, { kind, server, cursor, asking }, one);
  return { server, reply: undefined, ...cursor !== undefined && { again: cursor } };
}

/** What comes too late for this list is kept for the next, and the client is told that there is one to be made. */
function expectLate(desk: Desk, { kind, server, cursor, asking }: Asked, one: Asking): void {
  const { life } = server;
  asking.delete(one);
  if (cursor !== undefined) {
    if (server.slowPages.size < MAX_SLOW_PAGES) server.slowPages.set(`${kind.method} ${cursor}`, one);
    return;
  }
  server.late.set(kind, "awaited");
  desk.ports.log(`${server.name} did not answer ${kind.method} in time: it is left out for now`);
  one.answer.then((reply) => {
    if (server.life !== life || server.late.get(kind) !== "awaited") return;
    server.late.delete(kind);
    if (reply === undefined || kind.changed === undefined) return;
    server.late.set(kind, reply);
    tellChanged(desk, kind.changed);
  });
}

/** Tells whoever is to hear of it: a client of the modern era hears it where it listens. */
export function tellChanged(desk: Desk, method: string): void {
  const { isInitialized, announced } = desk.client, [, list = ""] = method.split("/");
  if (isInitialized && announced.has(list)) desk.changes.changed(method);
  desk.subscriptions.changed(method);
}

interface Pages {
  readonly kind: ListKind;
  readonly pages: readonly Page[];
  readonly first: boolean;
}

function answerPages(desk: Desk, open: Open, { kind, pages, first }: Pages): void {
  const results: { readonly server: Server; readonly result: JsonObject }[] = [];
  for (const { server, reply } of pages) {
    if (isJsonObject(reply?.result)) results.push({ server, result: reply.result });
  }
  const refused = pages.find(({ reply }) => reply?.error !== undefined)?.reply?.error;
  // Where nobody has anything to say but no, that is the answer.
  if (results.length === 0 && refused !== undefined) {
    return open.place.reply(encodeFrame({ jsonrpc: "2.0", id: open.message.id, error: refused }));
  }
  const next = new Map<string, string>();
  const items: JsonValue[] = [];
  for (const { server, again } of pages) if (again !== undefined) next.set(server.name, again);
  for (const { server, result } of results) {
    const page = itemsOf(result, kind), more = result.nextCursor;
    if (typeof more === "string") next.set(server.name, more);
    learn(desk, server, { kind, page, alone: first && typeof more !== "string" });
    for (const item of page) {
      const own = kind.named ? renamed(server, item) : item;
      if (own !== undefined) items.push(own);
    }
  }
  answerResult(open, {
    ...ownMeta(desk, open.message),
    [kind.member]: items,
    ...next.size > 0 && { nextCursor: encodeCursor(kind.method, next) },
    ...freshness(results.map(({ result }) => result), results.length < pages.length),
  });
}

function learn(
  desk: Desk,
  server: Server,
  { kind, page, alone }: {
    readonly kind: ListKind;
    readonly page: readonly JsonValue[];
    readonly alone: boolean;
  },
): void {
  server.catalog.learn(kind, page, { alone });
  if (kind !== TASKS) return;
  for (const task of page) {
    if (isJsonObject(task) && typeof task.taskId === "string") desk.links.learnTask(server, task.taskId);
  }
}

/** With the server's name in front. What has no name cannot be called, and is left out. */
function renamed(server: Server, item: JsonValue): JsonObject | undefined {
  if (!isJsonObject(item) || typeof item.name !== "string") return undefined;
  return { ...item, name: prefixed(server.name, item.name) };
}

/** The least of how long parts are fresh, and private where one is; nothing lasts where a server is missing. */
export function freshness(results: readonly JsonObject[], isPartial: boolean): JsonObject {
  const times = results.flatMap(({ ttlMs }) => typeof ttlMs === "number" && ttlMs >= 0 ? [ttlMs] : []);
  const scopes = results.flatMap(({ cacheScope }) => typeof cacheScope === "string" ? [cacheScope] : []);
  const known = times.length < results.length || isPartial ? 0 : Math.min(...times);
  return {
    ...times.length > 0 && { ttlMs: known },
    ...scopes.length > 0 && {
      cacheScope: scopes.length === results.length && scopes.every((scope) => scope === "public")
        ? "public"
        : "private",
    },
  };
}

/** Two servers with one name for two things: nobody could tell which is meant, so that neither can be called. */
async function collisionIn(desk: Desk, open: Open, kind: ListKind): Promise<Problem | undefined> {
  if (kind !== TOOLS && kind !== PROMPTS) return undefined;
  const servers = overlapping(desk.servers);
  if (servers.length === 0) return undefined;
  await Promise.all(servers.map((server) => survey(desk, server, { kind, message: open.message })));
  const owners = new Map<string, Server>();
  for (const server of servers) {
    for (const name of server.catalog.keys(kind)) {
      const full = prefixed(server.name, name), other = owners.get(`k${full}`);
      if (other !== undefined && other !== server) {
        return collision(desk, { kind, full, servers: [other, server] });
      }
      owners.set(`k${full}`, server);
    }
  }
  return undefined;
}

export interface Colliding {
  readonly kind: ListKind;
  readonly full: string;
  readonly servers: readonly Server[];
}

/** The error that names both, and one line for the operator. */
export function collision(desk: Desk, { kind, full, servers }: Colliding): Problem {
  const names = servers.map(({ name }) => `"${name}"`).join(" and ");
  const what = kind === TOOLS ? "tool" : "prompt";
  const text = `The servers ${names} both have a ${what} that is called ${
    shortened(full)
  } here: rename one of them in [servers]`;
  desk.tellOnce(text);
  return { kind: "problem", code: ERROR_CODE.internal, text, reason: "name-collision" };
}
