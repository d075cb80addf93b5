import { err, ok, type Result, utf8Decode } from "../../base/mod.ts";
import type { UpstreamAddress } from "./address.ts";

// A path and a session's id; servers that are longer than this want something else.
const MOST_BYTES = 2048;
// What a URL is written in. A parser of URLs reads over tabs and line ends, and takes a backslash for a slash.
const WRITTEN_REGEXP = /^[\x21-\x5b\x5d-\x7e]+$/;

/**
 * The address that a server of 2024-11-05 wants its messages at (basic/transports, "HTTP with SSE"), from the data of its
 * `endpoint` event. ATTACKER-CONTROLLED: everything that is said goes there, with the operator's headers, so it has to be
 * of the origin that the operator named. The error is a phrase that repeats nothing of it.
 */
export function oldEndpoint(data: Uint8Array, { href, origin }: UpstreamAddress): Result<string, string> {
  const text = data.length > MOST_BYTES ? undefined : utf8Decode(data);
  if (text === undefined || !WRITTEN_REGEXP.test(text)) return err("names an address that is no URL");
  const url = URL.parse(text, href);
  if (url === null) return err("names an address that is no URL");
  // A blob: has the origin of the URL that stands in it.
  if (url.origin !== origin || !/^https?:$/.test(url.protocol)) {
    return err("names an address of another origin");
  }
  if (url.username !== "" || url.password !== "") {
    return err("names an address with a user name or a password");
  }
  url.hash = "";
  return ok(url.href);
}
