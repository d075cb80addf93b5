/** OWASP Top 10 for Agentic Applications 2026 (version 2026, December 2025). Ids and titles are theirs, the rest is ours. */
import type { Framework } from "./control.ts";

export const OWASP_AGENTIC: Framework = {
  id: "owasp-agentic",
  name: "OWASP Top 10 for Agentic Applications 2026",
  source: "OWASP GenAI Security Project, Agentic Security Initiative, December 2025",
  note: "A list of risks. A firewall at the tool call sees actions, not reasoning.",
  controls: [
    {
      id: "ASI01",
      title: "Agent Goal Hijack",
      reach: "contributes",
      how:
        "Instructions in results and tool definitions are found and withheld; a hijacked agent still meets the policy.",
      evidence: ["outcome: findings injection-*", "verdict withhold", "envelope"],
      gap: "The goal itself is not visible; wording that no detector knows passes.",
    },
    {
      id: "ASI02",
      title: "Tool Misuse and Exploitation",
      reach: "supports",
      how:
        "Tools, arguments, amounts, rates and orders of calls are limited; dangerous ones are refused or held.",
      evidence: ["call: decision, rules, reason, charges", "threat, threat_parts", "approval"],
      gap: "Misuse that looks like use: what the policy allows is done.",
    },
    {
      id: "ASI03",
      title: "Identity and Privilege Abuse",
      reach: "supports",
      how:
        "Agents prove who they are; roles come from verified tokens alone; each call is decided for that agent.",
      evidence: ["agent: id, verified, roles", "call: reason unverified-agent"],
      gap: "Credentials that a server holds; tokens that are stolen before they expire.",
    },
    {
      id: "ASI04",
      title: "Agentic Supply Chain Vulnerabilities",
      reach: "supports",
      how:
        "Tool definitions are pinned at first sight; a change, a look-alike name or a new tool is refused or waits.",
      evidence: ["pin, drift", "call: reason drift", "findings tool-shadowing"],
      gap: "The first sight is trusted; a server's code, packages and models are not looked at.",
    },
    {
      id: "ASI05",
      title: "Unexpected Code Execution (RCE)",
      reach: "contributes",
      how: "Shell and code in arguments raise the threat score; tools that execute can be denied or held.",
      evidence: ["threat, threat_parts", "call: verdict refuse, hold"],
      gap: "No sandbox: what a server executes once it is called is out of sight.",
    },
    {
      id: "ASI06",
      title: "Memory & Context Poisoning",
      reach: "contributes",
      how:
        "Results are scanned before they reach the context; labels remember that untrusted content was read.",
      evidence: ["outcome: findings, labels", "approval: cleared"],
      gap: "Memory that is not reached by tool calls; poison without signs of it.",
    },
    {
      id: "ASI07",
      title: "Insecure Inter-Agent Communication",
      reach: "contributes",
      how:
        "Where agents talk by MCP, both directions are judged and recorded, requests of servers to clients included.",
      evidence: ["direction to-client", "agent.verified", "malformed"],
      gap: "Other protocols between agents; nothing is encrypted or authenticated end to end here.",
    },
    {
      id: "ASI08",
      title: "Cascading Failures",
      reach: "supports",
      how:
        "Rates, budgets, cooldowns and envelopes bound how far a failure runs; a fault refuses instead of letting pass.",
      evidence: ["charges", "call: reason guardrail:rate, envelope, fault:*", "recovered"],
      gap: "Cascades between systems that share no ledger.",
    },
    {
      id: "ASI09",
      title: "Human-Agent Trust Exploitation",
      reach: "supports",
      how:
        "A person is asked about the exact call as recorded, not about the agent's description of it; the answer is signed.",
      evidence: ["approval: by, note, call", "call: verdict hold"],
      gap: "A person who approves everything; persuasion outside of calls.",
    },
    {
      id: "ASI10",
      title: "Rogue Agents",
      reach: "contributes",
      how:
        "Departures from the expected shape of a session are scored and can end it; the trail cannot be rewritten.",
      evidence: ["envelope", "call: reason envelope, killed", "verify"],
      gap: "An agent that stays within its policy, or that goes around the firewall.",
    },
  ],
};
