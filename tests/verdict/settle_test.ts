import { assertEquals } from "@std/assert";
import {
  type CallFacts,
  type Decision,
  EMPTY_REPORT,
  FAULTED_REPORT,
  NO_MARKS,
  reasonForFindings,
  SETTLE_TABLE,
  settleCall,
  type SettledCall,
} from "../../lib/verdict/mod.ts";

function decision(outcome: Decision["outcome"], failureMode: Decision["failureMode"] = "closed"): Decision {
  return {
    outcome,
    rules: ["layer/r"],
    reason: "rule:r",
    message: "said by r",
    duties: { redactFields: [], labels: [] },
    charges: [],
    marks: NO_MARKS,
    threat: 0,
    policy: "sha256:00",
    failureMode,
  };
}

const FACTS: CallFacts = {
  decision: decision("allow"),
  report: EMPTY_REPORT,
  faults: [],
  masked: false,
  form: "request" as const,
};

interface Row {
  /** Which row of the table decides. */
  readonly row: string;
  readonly facts: CallFacts;
  readonly expected: Pick<SettledCall, "verdict" | "decision" | "reason" | "charged">;
}

/** Every row of the table at least once, and where two apply, the earlier one. */
const ROWS: readonly Row[] = [
  {
    row: "the message cannot be judged: refuse",
    facts: { ...FACTS, invalid: "invalid-params", faults: ["scan"] },
    expected: { verdict: "refuse", decision: "deny", reason: "invalid-params", charged: false },
  },
  {
    row: "a worker timed out or died: refuse",
    facts: { ...FACTS, faults: ["scan"] },
    expected: { verdict: "refuse", decision: "deny", reason: "fault:scan", charged: false },
  },
  {
    row: "a worker timed out or died: refuse",
    facts: { report: EMPTY_REPORT, faults: [], masked: false, form: "request" },
    expected: { verdict: "refuse", decision: "deny", reason: "fault:policy", charged: false },
  },
  {
    row: "the policy denies: refuse",
    facts: { ...FACTS, decision: decision("deny", "open"), report: FAULTED_REPORT },
    expected: { verdict: "refuse", decision: "deny", reason: "rule:r", charged: false },
  },
  {
    row: "the scan is incomplete and the policy fails closed: refuse",
    facts: { ...FACTS, decision: decision("ask"), report: FAULTED_REPORT },
    expected: { verdict: "refuse", decision: "deny", reason: "scan-incomplete", charged: false },
  },
  {
    row: "a person would have to be asked about what cannot wait: refuse",
    facts: { ...FACTS, decision: decision("ask"), form: "notice" },
    expected: { verdict: "refuse", decision: "ask", reason: "rule:r", charged: false },
  },
  {
    row: "the policy asks: hold",
    facts: { ...FACTS, decision: decision("ask", "open"), report: FAULTED_REPORT },
    expected: { verdict: "hold", decision: "ask", reason: "rule:r", charged: false },
  },
  {
    row: "the scan is incomplete and the policy fails open: forward, noted",
    facts: { ...FACTS, decision: decision("allow", "open"), report: FAULTED_REPORT },
    expected: { verdict: "forward", decision: "allow", reason: "fail-open:scan", charged: true },
  },
  {
    row: "the policy allows: forward",
    facts: FACTS,
    expected: { verdict: "forward", decision: "allow", reason: "rule:r", charged: true },
  },
  {
    row: "the policy allows: forward",
    facts: { ...FACTS, decision: decision("redact"), masked: true },
    expected: { verdict: "redact", decision: "allow", reason: "rule:r", charged: true },
  },
];

for (const [i, { row, facts, expected }] of ROWS.entries()) {
  Deno.test(`settleCall, case ${i + 1}: ${row}`, () => {
    assertEquals(SETTLE_TABLE.find(({ when }) => when(facts))?.name, row);
    const { verdict, decision, reason, charged } = settleCall(facts);
    assertEquals({ verdict, decision, reason, charged }, expected);
  });
}

Deno.test("settleCall: every row of the table is walked by a case", () => {
  const walked = new Set(ROWS.map(({ row }) => row));
  assertEquals(SETTLE_TABLE.map(({ name }) => name).filter((name) => !walked.has(name)), []);
});

Deno.test("settleCall never forwards when a fault or a deny is among the facts", () => {
  for (const outcome of ["allow", "deny", "ask", "redact"] as const) {
    for (const mode of ["open", "closed"] as const) {
      for (const report of [EMPTY_REPORT, FAULTED_REPORT]) {
        for (const faults of [[], ["scan"], ["policy"], ["ledger"]] as const) {
          for (const form of ["request", "notice", "input"] as const) {
            const facts = { decision: decision(outcome, mode), report, faults, form, masked: false };
            const { verdict, charged } = settleCall(facts);
            const closed = faults.length > 0 || outcome === "deny" || (!report.complete && mode === "closed");
            if (closed || (outcome === "ask" && form !== "request")) assertEquals(verdict, "refuse");
            else if (outcome === "ask") assertEquals(verdict, "hold");
            else assertEquals(verdict, "forward");
            assertEquals(charged, verdict === "forward");
          }
        }
      }
    }
  }
});

Deno.test("settleCall says how far the session is from its envelope, where the policy decided", () => {
  const envelope = { percent: 40, parts: ["max_calls"] };
  assertEquals(settleCall({ ...FACTS, decision: { ...decision("allow"), envelope } }).envelope, envelope);
  assertEquals(settleCall({ ...FACTS, decision: { ...decision("deny"), envelope } }).envelope, envelope);
  assertEquals("envelope" in settleCall(FACTS), false);
});

for (
  const [ids, reason] of [
    [["pan", "ssn", "pan"], "dlp:pan,ssn"],
    [["injection-override", "invisible-text"], "injection"],
    [["injection-override", "github-token"], "dlp:github-token"],
  ] as const
) {
  Deno.test(`the reason of findings ${ids.join(" and ")} is ${reason}`, () => {
    assertEquals(reasonForFindings(ids), reason);
  });
}
