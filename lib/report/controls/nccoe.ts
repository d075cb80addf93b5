/**
 * NIST NCCoE, concept paper "Accelerating the Adoption of Software and Artificial Intelligence Agent Identity and
 * Authorization" (initial public draft, February 2026). It asks questions by concern and numbers no requirements: the ids
 * are ours.
 */
import type { Framework } from "./control.ts";

export const NCCOE_AGENT_IDENTITY: Framework = {
  id: "nccoe-agent-identity",
  name: "NCCoE: software and AI agent identity and authorization",
  source: "NIST NCCoE concept paper, initial public draft, 5 February 2026",
  note: "A concept paper that asks for comment: concerns, no requirements. The ids here are ours.",
  controls: [
    {
      id: "identification",
      title: "An agent can be told from others and from people",
      reach: "supports",
      how:
        "Every entry names an agent id, whether a token proved it, its roles, and who authorised it where that is stated.",
      evidence: ["agent: id, verified, roles, authorized_by", "session"],
      gap:
        "Ids are given by the operator; there is no registry of agents and no attestation of their software.",
    },
    {
      id: "authentication",
      title: "An agent proves who it is",
      reach: "supports",
      how:
        "Signed tokens (Ed25519 or HS256), one scheme, an audience and an expiry; a token that does not hold stops the start.",
      evidence: ["agent.verified", "call: reason unverified-agent"],
      gap: "Tokens are bearers and are not bound to a machine; revocation is taking the key out.",
    },
    {
      id: "authorization",
      title: "What an agent may do is decided for each action, with least privilege",
      reach: "supports",
      how:
        "Each call is decided by policy: agent, role, tool, arguments, limits, history. What cannot be decided is denied.",
      evidence: ["call: decision, verdict, rules, reason, charges", "policy"],
      gap: "Delegation from person to agent to agent is recorded as a name, not as a chain of proofs.",
    },
    {
      id: "auditing",
      title: "Actions are logged so that nobody can deny or change them later",
      reach: "supports",
      how:
        "The entry is signed, chained and on disk before the call leaves; checkpoints and witnesses pin the whole.",
      evidence: ["hash, sig, key, prev", "verify", "checkpoints", "receipts"],
      gap: "The signing key is the firewall's: it shows what the firewall saw, not that the agent consented.",
    },
    {
      id: "prompt-injection",
      title: "Injected instructions are prevented, and their effects limited",
      reach: "contributes",
      how:
        "Results and tool definitions are searched for instructions; labels keep what followed untrusted content in bounds.",
      evidence: ["outcome: findings injection-*, verdict withhold", "labels", "drift"],
      gap: "Detection is heuristic. Limits on what a call may do are what holds when it fails.",
    },
    {
      id: "data-flow",
      title: "Where data came from, and where it may go",
      reach: "contributes",
      how:
        "Labels follow what a session has read; sequences forbid sending after reading; secrets are masked on both ways.",
      evidence: ["labels, cleared", "call: reason rule:*", "findings"],
      gap: "Within one session and by tool, not by value; nothing is known about flows inside the model.",
    },
  ],
};
