// A URI is not looked at in more parts than this, whatever a server sends.
const MOST_PARTS = 32;

/** Is `uri` one of `uris`, or a part of one (2025-11-25, server/resources, "Subscriptions")? ATTACKER-CONTROLLED. */
export function covers(uris: ReadonlySet<string>, uri: string): boolean {
  if (uris.has(uri)) return true;
  let end = uri.length;
  for (let part = 0; part < MOST_PARTS && end > 0; part++) {
    end = uri.lastIndexOf("/", end - 1);
    if (end < 0) return false;
    if (uris.has(uri.slice(0, end)) || uris.has(uri.slice(0, end + 1))) return true;
  }
  return false;
}
