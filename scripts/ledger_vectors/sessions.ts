/** Hashed, linked and signed, and no ledger would write it: sessions and calls that do not fit. */
import { type Case, KEYS, whole } from "./case.ts";
import { VectorLedger } from "./maker.ts";

interface Odd {
  readonly name: string;
  readonly about: string;
  readonly write: (ledger: VectorLedger) => void;
}

const ODD: readonly Odd[] = [
  {
    name: "no_session",
    about: "A call before any session opened.",
    write: (ledger) => void ledger.call({ session: "s" }),
  },
  {
    name: "opened_twice",
    about: "A session opens that is open.",
    write: (ledger) => void ledger.open(ledger.open()),
  },
  {
    name: "closed_twice",
    about: "A session closes that is closed.",
    write: (ledger) => {
      ledger.session(1);
      ledger.close();
    },
  },
  {
    name: "call_after_close",
    about: "A call in a session that is closed.",
    write: (ledger) => {
      ledger.session(1);
      ledger.call();
    },
  },
  {
    name: "outcome_of_nothing",
    about: "An outcome of an entry that is no call.",
    write: (ledger) => {
      ledger.open();
      ledger.outcome(0);
    },
  },
  {
    name: "outcome_twice",
    about: "A second outcome of one call.",
    write: (ledger) => {
      ledger.open();
      const call = ledger.call();
      ledger.outcome(call);
      ledger.outcome(call);
    },
  },
  {
    name: "outcome_of_refused",
    about: "An outcome of a call that was refused: it cannot have left.",
    write: (ledger) => {
      ledger.open();
      ledger.outcome(ledger.call({ decision: "deny", verdict: "refuse" }));
    },
  },
  {
    name: "outcome_of_held",
    about: "An outcome of a call that nobody has approved.",
    write: (ledger) => {
      ledger.open();
      ledger.outcome(ledger.call({ decision: "ask", verdict: "hold" }));
    },
  },
  {
    name: "outcome_of_denied",
    about: "An outcome of a call that a person has denied.",
    write: (ledger) => {
      ledger.open();
      const call = ledger.call({ decision: "ask", verdict: "hold" });
      ledger.add("approval", { call, decision: "deny", reason: "approval-denied" });
      ledger.outcome(call);
    },
  },
  {
    name: "approval_of_nothing",
    about: "An approval of a call that was not held.",
    write: (ledger) => {
      ledger.open();
      ledger.add("approval", { call: ledger.call(), decision: "allow", reason: "rule:ask-first" });
    },
  },
  {
    name: "approved_twice",
    about: "A second approval of one call.",
    write: (ledger) => {
      ledger.open();
      const call = ledger.call({ decision: "ask", verdict: "hold" });
      ledger.add("approval", { call, decision: "allow", reason: "rule:ask-first" });
      ledger.add("approval", { call, decision: "allow", reason: "rule:ask-first" });
    },
  },
  {
    name: "approved_elsewhere",
    about: "An approval in another session than that of the call.",
    write: (ledger) => {
      ledger.open();
      const call = ledger.call({ decision: "ask", verdict: "hold" });
      ledger.open();
      ledger.add("approval", { call, decision: "allow", reason: "rule:ask-first" });
    },
  },
  {
    name: "recovered_wrong_call",
    about: "A recovery names a call that has its outcome.",
    write: (ledger) => {
      ledger.open();
      const call = ledger.call();
      ledger.outcome(call);
      ledger.add("recovered", { calls: [call] });
    },
  },
  {
    name: "close_wrong_call",
    about: "A close names a call that has its outcome.",
    write: (ledger) => {
      ledger.open();
      const call = ledger.call();
      ledger.outcome(call);
      ledger.close({ calls: [call] });
    },
  },
  {
    name: "call_named_by_text",
    about: "An outcome names its call by a text.",
    write: (ledger) => {
      ledger.open();
      ledger.outcome(ledger.call(), { call: "1" });
    },
  },
];

export const SESSIONS: readonly Case[] = ODD.map(({ name, about, write }) => ({
  name: `broken_session_${name}`,
  expect: "broken",
  about,
  make: () => {
    const ledger = new VectorLedger(KEYS.first);
    write(ledger);
    return whole(ledger);
  },
}));
