/** Who calls over HTTP: the bearer of a request, as the principal of its session. */
import { type Clock, Fault, sha256Hex } from "../../../base/mod.ts";
import type { IdentityConfig } from "../../../config/mod.ts";
import type { Authenticated, Caller, RequestFacts } from "../../../transport/http_server/mod.ts";
import type { Principal } from "../../../verdict/mod.ts";
import { type AgentIdentity, agentPrincipal } from "../../agent_identity.ts";

/** A caller with the principal that its calls are judged and written down as. */
export interface AgentCaller extends Caller {
  readonly identity: AgentIdentity;
}

export interface CallersOptions {
  readonly config: IdentityConfig;
  /** Who calls without a token of their own. */
  readonly anonymous: AgentIdentity;
  /** What stands beside the id and the roles of a token. */
  readonly configured: Principal;
  /** Must every request have a bearer? */
  readonly bearerNeeded: boolean;
  /** SECRET. The bearer of this install, where it is one that counts. */
  readonly local?: string | undefined;
  readonly clock: Clock;
}

// A token is verified once in this time: a key that was taken away counts until then.
const VERIFIED_FOR_MS = 30_000;
const MAX_REMEMBERED = 1_000;
// Nobody's token is longer, and what is longer is not looked at.
const MAX_BEARER = 8_192;

export class Callers {
  readonly #options: CallersOptions;
  readonly #anonymous: AgentCaller;
  /** By the digest of a token that holds. */
  readonly #verified = new Map<string, { readonly caller: AgentCaller; readonly untilMs: number }>();
  /** By caller: the identity that holds longest. A session outlives the token that it was opened with. */
  readonly #identities = new Map<string, AgentIdentity>();

  constructor(options: CallersOptions) {
    this.#options = options;
    this.#anonymous = { key: "anonymous", identity: options.anonymous };
  }

  /** `bearer`: ATTACKER-CONTROLLED and SECRET. */
  authenticate(
    { bearer }: Pick<RequestFacts, "bearer">,
  ): Authenticated<AgentCaller> | Promise<Authenticated<AgentCaller>> {
    const { config, local, bearerNeeded } = this.#options;
    if (bearer === undefined) {
      return bearerNeeded || config.required ? challenged() : { kind: "caller", caller: this.#anonymous };
    }
    if (bearer.trim() === "" || bearer.length > MAX_BEARER) return challenged("invalid_token");
    // Digests: how long the comparison takes says nothing about the bearer.
    const digest = sha256Hex(bearer);
    if (local !== undefined && digest === sha256Hex(local)) {
      return { kind: "caller", caller: this.#anonymous };
    }
    const known = this.#verified.get(digest);
    if (known !== undefined && this.#options.clock.monotonicMs() < known.untilMs) {
      return { kind: "caller", caller: known.caller };
    }
    return this.#verify(bearer, digest);
  }

  async #verify(token: string, digest: string): Promise<Authenticated<AgentCaller>> {
    const { config, configured, clock } = this.#options;
    const nowMs = clock.nowMicros() / 1000;
    const identity = await agentPrincipal(config, { token, configured, nowMs });
    if (!identity.ok) return challenged("invalid_token");
    const { expiresMs } = identity.value;
    if (expiresMs === undefined) throw new Fault("internal", "Cannot tell who calls: a token without an end");
    const caller = this.#callerOf(identity.value, nowMs);
    if (this.#verified.size >= MAX_REMEMBERED) this.#verified.clear();
    const holdsMs = Math.min(VERIFIED_FOR_MS, expiresMs - nowMs);
    this.#verified.set(digest, { caller, untilMs: clock.monotonicMs() + holdsMs });
    return { kind: "caller", caller };
  }

  /** Whoever comes with a newer token of the same principal is the same caller, and goes on. */
  #callerOf(identity: AgentIdentity, nowMs: number): AgentCaller {
    const { id, roles } = identity.principal(nowMs);
    const key = `agent:${sha256Hex(JSON.stringify([id, [...roles].sort()]))}`;
    const before = this.#identities.get(key);
    if ((before?.expiresMs ?? 0) < (identity.expiresMs ?? 0)) this.#identities.set(key, identity);
    const newest = () => this.#identities.get(key) ?? identity;
    return { key, identity: { required: identity.required, principal: (now) => newest().principal(now) } };
  }
}

/** RFC 6750, section 3: without a bearer no error is named. */
function challenged(error?: "invalid_token"): Authenticated<never> {
  return {
    kind: "challenge",
    status: 401,
    challenge: `Bearer realm="countersign"${error === undefined ? "" : `, error="${error}"`}`,
    message: error === undefined ? "A bearer token is needed" : "The bearer token does not hold",
  };
}
