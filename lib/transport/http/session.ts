/** What a legacy upstream made of our handshake: its session, the version, and how to shake hands again. */
import { type Incoming, negotiatedVersionOf } from "../../wire/mod.ts";
import type { Outgoing } from "./outgoing.ts";

const SESSION_REGEXP = /^[\x21-\x7e]{1,1024}$/;

/** The session with one upstream. A modern upstream has none, and nothing of this is sent to it. */
export class HttpSession {
  /** Visible ASCII; chosen by the upstream, and a secret of it. */
  id: string | undefined;
  version: string | undefined;
  /** How the upstream is spoken with, as it answered the first handshake; for good. */
  way: "unknown" | "streamable" | "old-pair" = "unknown";
  /** The client's own request, to be sent again should the upstream forget the session. */
  initialize: Outgoing | undefined;

  /** The headers of every message but `initialize`. */
  headers(): readonly (readonly [name: string, value: string])[] {
    return [
      ...this.id === undefined ? [] : [["Mcp-Session-Id", this.id] as const],
      ...this.version === undefined ? [] : [["MCP-Protocol-Version", this.version] as const],
    ];
  }

  /** Learns from the answer to `initialize`. ATTACKER-CONTROLLED. */
  learnId(response: Response): void {
    this.way = "streamable";
    const id = response.headers.get("mcp-session-id");
    this.id = id !== null && SESSION_REGEXP.test(id) ? id : undefined;
  }

  learnResult(incoming: Incoming): void {
    if (incoming.kind !== "reply") return;
    const version = negotiatedVersionOf(incoming.result);
    if (version !== undefined && SESSION_REGEXP.test(version)) this.version = version;
  }
}
