/**
 * Clients keep lists for as long as they like. Before a call of a tool whose definition this session has not seen, or not
 * since the server said that its tools changed, the gate lists the tools itself: what drifted behind a cached list is
 * refused like anything else. Only where there are pins to hold the list against.
 */
import { isJsonObject, type JsonObject, type JsonValue, parseJson, uuidv7 } from "../base/mod.ts";
import type { RequestMessage } from "../wire/mod.ts";
import type { ReplyPlace } from "./call.ts";
import type { Slot } from "./lane.ts";
import { isToolCall } from "./settled.ts";
import type { Desk, Way } from "./way.ts";

/** A server that does not answer does not hold up its calls for longer: what was seen last counts for them. */
const PATIENCE_MS = 5_000;
const MAX_PAGES = 100;
const META_PREFIX = "io.modelcontextprotocol/";

/** Takes a request as if the client had made it, and sends the answer to `reply`. */
export type Ask = (message: RequestMessage, reply: ReplyPlace) => Promise<void>;

/** Resolves once the tools are listed; `undefined`: there is nothing to wait for. */
export function listFirst(
  desk: Desk,
  way: Way,
  message: RequestMessage,
  ask: Ask,
): Promise<void> | undefined {
  const { method, params } = message, { pins } = desk.session;
  if (
    desk.ports.pins === undefined || !desk.settings.enforced ||
    !isToolCall({ method, direction: way.direction })
  ) {
    return undefined;
  }
  // Those behind the first wait with it: calls are judged in the order that they came.
  if (pins.listing !== undefined) return pins.listing;
  const name = params?.name;
  if (typeof name !== "string" || !pins.wantsList(name)) return undefined;
  const pages = listPages(metaOf(params), { ask, send: desk.ports.upstream });
  pins.listing = Promise.race([pages, desk.ports.pause(PATIENCE_MS)]).finally(() => {
    pins.listing = undefined;
  });
  return pins.listing;
}

interface Listing {
  readonly ask: Ask;
  /** Straight to the upstream: the calls that wait have their places in the lane already. */
  readonly send: (line: string) => void;
}

/** Page after page, until there is no other or one of them is refused. */
async function listPages(meta: JsonObject | undefined, { ask, send }: Listing): Promise<void> {
  let cursor: JsonValue | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    const params: JsonObject = {
      ...cursor !== undefined && { cursor },
      ...meta !== undefined && { _meta: meta },
    };
    const reply = {
      reserve: () => slotTo(resolve),
      direct: slotTo((line) => line !== undefined && send(line)),
    };
    ask(listRequest(params), reply).catch(() => resolve(undefined));
    cursor = cursorIn(await promise);
    if (cursor === undefined) return;
  }
}

function listRequest(params: JsonObject): RequestMessage {
  // No id of the client's: those are its own.
  const id = `countersign-${uuidv7(0)}`, method = "tools/list";
  const value = { jsonrpc: "2.0", id, method, params };
  return { kind: "request", id, method, params, value, bytes: 0 };
}

function slotTo(take: (line: string | undefined) => void): Slot {
  let filled = false;
  return {
    get filled() {
      return filled;
    },
    fill: (line) => {
      filled = true;
      take(line);
    },
  };
}

/** In the modern era each request says which protocol it speaks, and for whom. */
function metaOf(params: JsonObject | undefined): JsonObject | undefined {
  const meta = params?._meta;
  if (!isJsonObject(meta)) return undefined;
  const own = Object.entries(meta).filter(([key]) => key.startsWith(META_PREFIX));
  return own.length === 0 ? undefined : Object.fromEntries(own);
}

function cursorIn(line: string | undefined): JsonValue | undefined {
  const parsed = line === undefined ? undefined : parseJson(line);
  const result = parsed?.ok && isJsonObject(parsed.value) ? parsed.value.result : undefined;
  return isJsonObject(result) ? result.nextCursor : undefined;
}
