import { testTable } from "./_tables.ts";

const AGENT = { tool: "billing.refund", agent: "support-1", roles: ["support-agent"] };
const hostile = { threat: { score: 4, parts: [] } };
const doubtful = { threat: { score: 3, parts: [] } };

testTable("mcp-gate, the support agent of its page", ["mcp_gate_support_agent.yaml"], [
  { name: "arguments that look hostile", tool: "kb.read", report: hostile, expect: "ask" },
  {
    name: "hostile arguments before anything else",
    ...AGENT,
    args: { amount: 5 },
    report: hostile,
    expect: "ask",
  },
  { name: "arguments below the score", tool: "email.send", report: doubtful, expect: "redact" },
  { name: "a small refund", ...AGENT, args: { amount: 100 }, expect: "allow" },
  { name: "a refund at the limit", ...AGENT, args: { amount: 500 }, expect: "ask" },
  { name: "an agent without the role", tool: "billing.refund", args: { amount: 100 }, expect: "ask" },
  { name: "a refund without an amount", ...AGENT, args: {}, expect: "ask" },
  { name: "up to the budget", ...AGENT, args: { amount: 475 }, times: 4, expect: "allow" },
  { name: "over the budget", ...AGENT, args: { amount: 1 }, expect: "ask" },
  {
    name: "an approved one is on top of it",
    ...AGENT,
    args: { amount: 900 },
    person: "approves",
    expect: "ask",
  },
  {
    name: "another session has its own budget",
    ...AGENT,
    session: "t",
    args: { amount: 499 },
    expect: "allow",
  },
  {
    name: "a negative refund would make room",
    ...AGENT,
    session: "t",
    args: { amount: -1000 },
    expect: "ask",
    theirs: "allow",
  },
  { name: "a message with a field that is masked", tool: "email.send", args: { bcc: "x" }, expect: "redact" },
  { name: "a tool that no rule is about", tool: "billing.charge", expect: "deny" },
  { name: "a name that ends alike", tool: "xbilling.refund", expect: "deny" },
]);
