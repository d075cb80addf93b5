/** Going through a list of a server ourselves, to know all of its names before one of them is looked up. */
import { isJsonObject, type JsonObject, type JsonValue } from "../base/mod.ts";
import type { RequestMessage } from "../wire/mod.ts";
import type { ListKind } from "./catalog.ts";
import { type Desk, ownParams, PATIENCE_MS } from "./desk.ts";
import type { Going, Server } from "./server.ts";

const MAX_PAGES = 200, MAX_ITEMS = 100_000;
// Of all pages together: with frames as large as they may be, they would fill our memory.
const MAX_BYTES = 64 * 1024 * 1024;

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
  const going = server.surveys.get(kind) ?? begin(server, kind, message);
  if (going.isOver || await desk.ports.within(going.end, PATIENCE_MS)) return;
  // It goes on, and helps whoever comes later; but nobody else is to wait for so long.
  going.isOver = true;
}

function begin(server: Server, kind: ListKind, message: RequestMessage): Going {
  // A change of the list, or the end of the server, takes it off the table: what it finds then is old.
  const isWanted = () => server.surveys.get(kind) === going;
  const { promise: end, resolve } = Promise.withResolvers<void>();
  const going: Going = { end, isOver: false };
  server.surveys.set(kind, going);
  goThrough(server, { kind, message, isWanted }).finally(() => {
    going.isOver = true;
    resolve();
  });
  return going;
}

interface Wanted {
  readonly kind: ListKind;
  readonly message: RequestMessage;
  readonly isWanted: () => boolean;
}

async function goThrough(server: Server, { kind, message, isWanted }: Wanted): Promise<void> {
  const items: JsonValue[] = [];
  let cursor: string | undefined, bytes = 0;
  for (let page = 0; page < MAX_PAGES && items.length < MAX_ITEMS && bytes < MAX_BYTES; page++) {
    const params = ownParams(message, cursor === undefined ? {} : { cursor });
    const reply = await server.ask(kind.method, params).answer;
    if (!isWanted()) return;
    const result = reply?.result;
    // A server without such a list says so with an error; so does a policy that lets nobody list.
    if (!isJsonObject(result)) break;
    bytes += reply?.bytes ?? 0;
    // One by one: a spread of 100,000 would overflow the stack. What stands beside the key is not kept meanwhile.
    for (const item of itemsOf(result, kind)) {
      items.push(isJsonObject(item) ? { [kind.key]: item[kind.key] ?? null } : null);
    }
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
