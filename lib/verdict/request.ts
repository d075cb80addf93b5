/** Which way a message travels. `to-client`: sampling, elicitation and roots, asked by the server. */
export type Direction = "to-upstream" | "to-client";

/** Who calls. Without a verified token the configured id applies, unverified and without roles. */
export interface Principal {
  readonly id: string;
  readonly verified: boolean;
  readonly roles: readonly string[];
  readonly authorizedBy?: string;
}

/**
 * Is the tool's name one that the upstream listed? `lookalike`: not listed, and differs from a listed name only in what
 * a person does not see. `unknown`: nothing was listed yet.
 */
export type Listing = "listed" | "unlisted" | "lookalike" | "unknown";

/** One question to the policy. */
export interface AccessRequest {
  readonly principal: Principal;
  /** The MCP method. */
  readonly action: string;
  /** `name`: the tool, the prompt, the URI; empty where the method has none. ATTACKER-CONTROLLED. */
  readonly resource: { readonly server: string; readonly name: string };
  readonly direction: Direction;
  /** False for capability traffic and unknown methods, which the policy's `default` does not reach. */
  readonly judged: boolean;
  /** JSON text of the arguments (of the whole params where the method has no arguments). ATTACKER-CONTROLLED. */
  readonly args: string;
  readonly context: {
    readonly session: string;
    readonly listing: Listing;
    /** Labels that are on the session now. */
    readonly labels: readonly string[];
    /** Calls that were forwarded in the session so far. */
    readonly calls: number;
    /** Milliseconds since the epoch. */
    readonly nowMs: number;
  };
}
