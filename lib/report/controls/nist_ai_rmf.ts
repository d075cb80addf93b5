/** NIST AI RMF 1.0 (NIST AI 100-1, January 2023), section 5. Titles are ours; the numbers are theirs. */
import type { Framework } from "./control.ts";

export const NIST_AI_RMF: Framework = {
  id: "nist-ai-rmf",
  name: "NIST AI Risk Management Framework 1.0",
  source: "NIST AI 100-1, January 2023, section 5 (Core)",
  note:
    "Voluntary; it asks for outcomes of an organisation. A ledger is evidence for a few of them and carries none alone.",
  controls: [
    {
      id: "GOVERN 1.4",
      title: "Risk management goes by transparent policies and controls",
      reach: "supports",
      how:
        "What agents may do is a policy file that is reviewed and tested like code; every session names its digest.",
      evidence: [
        "session-open and call: policy",
        "policy entries for each change",
        "policy texts in an export",
      ],
      gap: "Whether the policy fits the organisation's priorities.",
    },
    {
      id: "GOVERN 1.5",
      title: "Monitoring and review are planned, with roles",
      reach: "contributes",
      how: "Entries, statistics and this report give a periodic review something to look at.",
      evidence: ["stats", "report", "audit"],
      gap: "Who reviews, how often, and what follows from it.",
    },
    {
      id: "GOVERN 1.6",
      title: "AI systems are inventoried",
      reach: "contributes",
      how: "Agents, servers and tools that are in use appear by name as soon as they call.",
      evidence: ["agent.id", "server", "tool", "pin entries"],
      gap: "Whatever does not go through the firewall.",
    },
    {
      id: "GOVERN 3.2",
      title: "Human oversight has defined roles",
      reach: "supports",
      how:
        "Rules hold calls for a person; the answer, with name and reason, is an entry before the call goes on.",
      evidence: ["call: verdict hold", "approval: by, note, decision"],
      gap: "That the person understood what was approved; the name is that of the machine's account.",
    },
    {
      id: "GOVERN 6.1",
      title: "Risks from third parties are addressed by policy",
      reach: "contributes",
      how:
        "Third-party tool servers are judged call by call; their tool definitions are pinned and a change is refused.",
      evidence: ["pin, drift", "call: reason drift", "outcome: findings"],
      gap: "Intellectual property, contracts, and what a server does on its own side.",
    },
    {
      id: "MAP 3.5",
      title: "Human oversight processes are defined and documented",
      reach: "contributes",
      how: "Which calls wait for a person is written in the policy, and shown by its tests.",
      evidence: ["policy", "call: decision ask", "approval"],
      gap: "Oversight outside of tool calls.",
    },
    {
      id: "MAP 4.2",
      title: "Controls for components, third-party ones included, are identified",
      reach: "contributes",
      how: "Each rule that decided is named in the entry, for each tool of each server.",
      evidence: ["call: rules, reason", "pins list"],
      gap: "Components that are not MCP servers, the model among them.",
    },
    {
      id: "MEASURE 2.4",
      title: "Behaviour is monitored in production",
      reach: "supports",
      how:
        "Every message between agent and server is recorded before it may pass, and every reply with its latency.",
      evidence: ["call", "outcome: latency_us", "tail", "stats"],
      gap: "What the model thinks, and what agents do without tools.",
    },
    {
      id: "MEASURE 2.6",
      title: "The system can fail safely",
      reach: "contributes",
      how: "Where a check cannot be made the call is refused; faults of our own are entries.",
      evidence: ["fault", "call: reason fault:*, scan-incomplete", "recovered"],
      gap: "Safety of the model and of what tools do once they are called.",
    },
    {
      id: "MEASURE 2.7",
      title: "Security and resilience are evaluated and documented",
      reach: "supports",
      how:
        "Secrets, threats and injected instructions are looked for in both directions; what was found is recorded by id.",
      evidence: ["findings", "threat, threat_parts", "malformed", "verify"],
      gap: "Detectors miss things; no finding is no proof of absence.",
    },
    {
      id: "MEASURE 2.8",
      title: "Transparency and accountability are examined",
      reach: "supports",
      how:
        "Who called what under which rule is signed, chained and checkable offline by somebody who does not trust us.",
      evidence: ["agent, rules, reason, policy", "hash, sig, prev", "checkpoints, receipts, packs"],
      gap: "Accountability of people and of the model's makers.",
    },
    {
      id: "MEASURE 2.10",
      title: "Privacy risk is examined",
      reach: "contributes",
      how:
        "Nothing that was sent is kept by default: entries have keyed digests. Personal data can be masked or refused.",
      evidence: ["input, output: digest, bytes", "findings", "verdict redact"],
      gap: "Privacy of what the policy lets through.",
    },
    {
      id: "MEASURE 3.1",
      title: "Existing and emergent risks are tracked",
      reach: "contributes",
      how: "Findings, refusals, drift of tools and of sessions are counted over time.",
      evidence: ["stats", "drift", "envelope"],
      gap: "Risks that leave no trace in tool calls.",
    },
    {
      id: "MANAGE 1.3",
      title: "Responses to high-priority risks are planned and documented",
      reach: "contributes",
      how:
        "Deny, hold, mask and limit are such responses; each is tried on recorded traffic before it holds.",
      evidence: ["call: decision, verdict, charges", "policy simulate"],
      gap: "Which risks come first.",
    },
    {
      id: "MANAGE 2.4",
      title: "Systems can be disengaged or deactivated",
      reach: "supports",
      how:
        "A policy that is loaded while the firewall runs can refuse everything; a session can be ended by its envelope.",
      evidence: ["policy", "call: reason killed, envelope", "session-close"],
      gap: "Agents that do not go through the firewall.",
    },
    {
      id: "MANAGE 3.1",
      title: "Third-party resources are monitored, controls applied",
      reach: "supports",
      how: "Replies of servers are scanned and judged; changed tool definitions wait for a person.",
      evidence: ["outcome: verdict, findings", "pin, drift", "approval of pins: by"],
      gap: "The servers' own dependencies.",
    },
    {
      id: "MANAGE 4.1",
      title: "Post-deployment monitoring, override, incident response",
      reach: "contributes",
      how: "Live view, approvals and denials by people, noted crashes, calls whose end is unknown by number.",
      evidence: ["tail", "approval", "recovered: calls", "audit replay"],
      gap: "Input from those affected, change management, decommissioning.",
    },
    {
      id: "MANAGE 4.3",
      title: "Incidents are tracked, responded to and communicated",
      reach: "contributes",
      how:
        "An incident can be reconstructed from signed entries, and handed on as a pack that proves itself.",
      evidence: ["audit replay", "export", "receipt", "verify"],
      gap: "Communication and response themselves.",
    },
  ],
};
