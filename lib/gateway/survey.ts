/** Going through a list of a server ourselves, to know all of its names before one of them is looked up. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import type { RequestMessage } from "../wire/mod.ts";
import type { ListKind } from "./catalog.ts";
import { type Desk, ownParams, PATIENCE_MS } from "./desk.ts";
import type { Server } from "./server.ts";

const MAX_PAGES = 200, MAX_ITEMS = 100_000;

/**
 * Resolves when the list of `server` is known, or cannot be: one that is too long, or takes too long, stays half known.
 * It is gone through once until it changes. `message`: on whose behalf.
 */
export async function survey(
  desk: Desk,
  server: Server,
  { kind, message }: { readonly kind: ListKind; readonly message: RequestMessage },
): Promise<void> {
  if (server.catalog.isWhole(kind) || !server.isReady) return;
  if (!server.mayHave(kind.capability)) return server.catalog.none(kind);
  const going = server.surveys.get(kind) ?? goThrough(server, kind, message);
  server.surveys.set(kind, going);
  await desk.ports.within(going, PATIENCE_MS);
}

async function goThrough(server: Server, kind: ListKind, message: RequestMessage): Promise<void> {
  const { life } = server;
  const items: JsonValue[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && items.length < MAX_ITEMS; page++) {
    const params = ownParams(message, cursor === undefined ? {} : { cursor });
    const reply = await server.ask(kind.method, params).answer;
    if (server.life !== life) return;
    const result = reply?.result;
    // A server without such a list says so with an error; so does a policy that lets nobody list.
    if (!isJsonObject(result)) break;
    items.push(...itemsOf(result, kind));
    cursor = typeof result.nextCursor === "string" ? result.nextCursor : undefined;
    if (cursor === undefined) return server.catalog.replace(kind, items, true);
  }
  // Not whole: but nothing will make it so before it changes.
  if (items.length > 0) server.catalog.replace(kind, items, false);
}

export function itemsOf(result: JsonObject, { member }: ListKind): readonly JsonValue[] {
  const items = result[member];
  return Array.isArray(items) ? items : [];
}
