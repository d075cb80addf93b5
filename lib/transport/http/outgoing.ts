/** What the gate lets out towards an upstream, and what of it the transport must know. Ours: judged and re-encoded. */
import { isJsonObject, type JsonObject, parseJson } from "../../base/mod.ts";
import { attestationOf, type Era, eraOf, type Id, isId, type Mirrored } from "../../wire/mod.ts";

export interface Outgoing extends Mirrored {
  readonly kind: "request" | "notice" | "reply";
  /** Of a request or reply. */
  readonly id: Id | undefined;
  /** Empty for a reply. */
  readonly method: string;
  readonly params: JsonObject | undefined;
  readonly era: Era;
  /** What it says of itself in `_meta`, and in a header as well. */
  readonly attestation: string | undefined;
  /** As it is sent. */
  readonly text: string;
}

/** Reads a line of the gate. `undefined`: not one message, which the gate does not write. */
export function readOutgoing(line: string): Outgoing | undefined {
  const parsed = parseJson(line);
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined;
  const { id, method, params } = parsed.value;
  const name = typeof method === "string" ? method : "";
  const asked = isJsonObject(params) ? params : undefined;
  return {
    kind: name === "" ? "reply" : id === undefined ? "notice" : "request",
    id: isId(id) ? id : undefined,
    method: name,
    params: asked,
    era: eraOf(asked),
    attestation: attestationOf(asked),
    text: line.trimEnd(),
  };
}
