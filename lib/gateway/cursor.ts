/** Where a merged list goes on: the cursors of all servers that have more, in one. Opaque to the client, and read strictly. */
import { encodeJson, isJsonObject, type JsonValue, parseJson, utf8, utf8Decode } from "../base/mod.ts";

/** By server. */
export type Cursors = ReadonlyMap<string, string>;

/** `method`: of the list; a cursor of one list is none of another. */
export function encodeCursor(method: string, cursors: Cursors): string {
  const text = encodeJson({ v: 1, list: method, at: Object.fromEntries(cursors) });
  return utf8(text).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** ATTACKER-CONTROLLED. `undefined`: it is none of ours, or names a server that there is not. Never throws. */
export function decodeCursor(
  cursor: JsonValue,
  { method, servers }: { readonly method: string; readonly servers: readonly string[] },
): Cursors | undefined {
  const value = typeof cursor === "string" ? read(cursor) : undefined;
  if (!isJsonObject(value) || value.v !== 1 || value.list !== method) return undefined;
  if (Object.keys(value).length !== 3 || !isJsonObject(value.at)) return undefined;
  const found = new Map<string, string>();
  for (const [server, at] of Object.entries(value.at)) {
    if (typeof at !== "string" || !servers.includes(server)) return undefined;
    found.set(server, at);
  }
  return found.size === 0 ? undefined : found;
}

const BASE64URL_REGEXP = /^[A-Za-z0-9_-]+$/;

function read(cursor: string): JsonValue | undefined {
  if (!BASE64URL_REGEXP.test(cursor)) return undefined;
  try {
    const text = utf8Decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" }));
    const parsed = text === undefined ? undefined : parseJson(text, 4);
    return parsed?.ok ? parsed.value : undefined;
  } catch {
    return undefined; // not base64: cursors of ours are
  }
}
