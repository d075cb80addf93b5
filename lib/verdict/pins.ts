/**
 * Definitions of tools, and the instructions of a server: as the gate saw them, and what the ledger says about them.
 * Plain data: it crosses a channel.
 */

/**
 * What of a tool is pinned (spec: scan, "Pins"): all that a revision of MCP has but the name. Pictures are shown to the
 * person who approves, `execution` says whether it runs as a task, and clients take the page that they render from `_meta`.
 */
export const PINNED_FIELDS = [
  "title",
  "description",
  "inputSchema",
  "outputSchema",
  "annotations",
  "icons",
  "execution",
  "_meta",
] as const;

/** One part of a definition. */
export interface SeenField {
  readonly name: string;
  /** SHA-256 of its canonical JSON as the upstream wrote it, hex. */
  readonly digest: string;
  /** The same JSON as it may be shown, secrets masked; absent where it was not to be looked at in full. */
  readonly text?: string;
}

/** A tool as the upstream described it. */
export interface SeenDefinition {
  /** As the upstream wrote it. ATTACKER-CONTROLLED. */
  readonly name: string;
  /** As entries and people may see it. */
  readonly shown: string;
  /** Over all of its fields, hex. */
  readonly digest: string;
  readonly fields: readonly SeenField[];
}

/** What one reply says about the tools of a server. */
export interface PinObservation {
  readonly type: "pins";
  /** Whose tools they are, where the session has several servers; absent: those of its only one. */
  readonly server?: string;
  readonly tools: readonly SeenDefinition[];
  /** Absent where the reply was not about them. */
  readonly instructions?: SeenDefinition;
  /** A later page of the very listing that the server was pinned by: its tools are not new ones. */
  readonly continues: boolean;
  /** The reply does not reach the client: what is new in it is not pinned by it. */
  readonly withheld: boolean;
}

/**
 * `pinned`: it is what was seen first, or what a person accepted. `drifted`: it changed since. `new`: it came later, and a
 * person is to be asked. `rejected`: a person said no to what it is now.
 */
export type PinState = "pinned" | "drifted" | "new" | "rejected";

/** A definition that nobody has accepted. */
export interface RefusedPin {
  /** As the observation has it. */
  readonly name: string;
  readonly state: Exclude<PinState, "pinned">;
  /** The parts that changed. */
  readonly fields: readonly string[];
  /** The entry that says so; absent where there is none. */
  readonly entry?: number;
}

/** The ledger's answer, once what it says is durable. */
export interface PinAnswer {
  /** Was it the first that was seen of this server's tools? */
  readonly first: boolean;
  readonly refused: readonly RefusedPin[];
  readonly instructions?: RefusedPin;
}

/** The tool that a call is of, for its pin. */
export interface CalledTool {
  /** ATTACKER-CONTROLLED. */
  readonly name: string;
  /** Digest of the definition that this session saw last; absent where it saw none. */
  readonly digest?: string;
}

/** How the pins of one server are kept. */
export interface PinSettings {
  /** What tells this server from others: its command line. May hold secrets; it is kept as a keyed digest alone. */
  readonly identity: string;
  /** What becomes of a tool that was not there at first. */
  readonly newTools: "accept" | "ask";
}

/** How the pins of one of several servers are kept. */
export interface ServerPins extends PinSettings {
  /** As rules and entries call it. */
  readonly server: string;
}

/** A person's word about definitions that are not what was pinned. */
export interface PinDecision {
  readonly type: "pin-decision";
  readonly decision: "accept" | "reject";
  /** Rows of the store, each with the digest of the definition that the person means. */
  readonly rows: readonly { readonly key: string; readonly digest: string }[];
  readonly note?: string;
  readonly by?: string;
}
