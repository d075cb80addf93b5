/** Ledgers that hold. */
import { type Case, KEYS, oneSession, whole } from "./case.ts";
import { canonical, VectorLedger } from "./maker.ts";

export const SOUND: readonly Case[] = [
  {
    name: "intact_empty",
    expect: "intact",
    about: "No entries, no head.",
    make: () => whole(new VectorLedger(KEYS.first)),
  },
  {
    name: "intact_one_session",
    expect: "intact",
    about: "One session of two calls.",
    make: () => whole(oneSession()),
  },
  {
    name: "intact_two_at_once",
    expect: "intact",
    about: "Two sessions whose entries lie among one another; one opens a second time after its close.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      const one = ledger.open();
      const call = ledger.call();
      const two = ledger.open();
      const other = ledger.call();
      ledger.within(one);
      ledger.outcome(call);
      ledger.close();
      ledger.within(two);
      ledger.outcome(other);
      ledger.close();
      ledger.open(one, { detail: "taken for dead, goes on" });
      ledger.close();
      return whole(ledger);
    },
  },
  {
    name: "intact_texts",
    expect: "intact",
    about:
      "Names in many scripts, escapes, keys that sort by UTF-16 units, and the numbers that canonical JSON is about.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      ledger.open();
      ledger.outcome(ledger.call({ tool: 'p\u0000\b\t\n\f\r"\\/\u001b\u007f\u2028 grün 文件 🗝️' }));
      ledger.outcome(ledger.call({ cut: { "\ufb33": 1, "😀": 2, "é": 3, "a": 4 } }));
      // As ECMAScript writes them; JSON.stringify does.
      ledger.outcome(ledger.call({
        threat: 0.1,
        latency_us: { decision: 1e21, total: 1e-7, upstream: 123456789012345680000 },
      }));
      ledger.outcome(
        ledger.call({ latency_us: { decision: 5e-324, total: 1.7976931348623157e308, upstream: 0.000001 } }),
      );
      ledger.close();
      return whole(ledger);
    },
  },
  {
    name: "intact_held_and_approved",
    expect: "intact",
    about:
      "A call is held, a person approves it, its outcome comes; another is denied; a notice is owed no outcome.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      ledger.open();
      const call = ledger.call({ decision: "ask", verdict: "hold" });
      const denied = ledger.call({ decision: "ask", verdict: "hold" });
      ledger.add("approval", { call, decision: "allow", reason: "rule:ask-first" });
      ledger.add("approval", { call: denied, decision: "deny", reason: "approval-denied" });
      ledger.outcome(call);
      ledger.call({ form: "notice", method: "notifications/initialized", tool: "" });
      ledger.close();
      return whole(ledger);
    },
  },
  {
    name: "intact_without_outcome",
    expect: "intact",
    about: "A session closes with a call that has no outcome, and says so.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      ledger.open();
      const call = ledger.call();
      ledger.close({ calls: [call] });
      return whole(ledger);
    },
  },
  {
    name: "intact_open",
    expect: "intact-open",
    about: "The last session has no close: whether there was more is unproven.",
    make: () => {
      const ledger = oneSession(1);
      ledger.open();
      ledger.call();
      return whole(ledger);
    },
  },
  {
    name: "recovered",
    expect: "recovered",
    about: "A crash left a call, and the next open noted it.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      ledger.open();
      const call = ledger.call();
      ledger.add("recovered", { calls: [call] });
      return whole(ledger);
    },
  },
  {
    name: "recovered_in_two_parts",
    expect: "recovered",
    about:
      "More calls than one entry lists: the first `recovered` does not end the session, the second does.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      ledger.open();
      const calls = [ledger.call(), ledger.call(), ledger.call()];
      ledger.add("recovered", { calls: calls.slice(0, 2), more: 1 });
      ledger.add("recovered", { calls: calls.slice(2) });
      return whole(ledger);
    },
  },
  {
    name: "recovered_and_alive",
    expect: "recovered",
    about:
      "A session that was taken for dead goes on, and the outcome of a call that was noted as left comes after all.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      const session = ledger.open();
      const call = ledger.call();
      ledger.add("recovered", { calls: [call] });
      ledger.open(session, { detail: "taken for dead, goes on" });
      ledger.outcome(call);
      ledger.close();
      return whole(ledger);
    },
  },
  {
    name: "intact_escaped_line",
    expect: "intact",
    about:
      "A line whose JSON has escapes that canonical JSON has not: the bytes that were hashed are made from the fields.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      ledger.open();
      ledger.outcome(ledger.call({ tool: "a\u202eb" }));
      ledger.close();
      const parts = whole(ledger);
      return { ...parts, lines: parts.lines?.map((line) => line.replace("\u202e", "\\u202e")) ?? [] };
    },
  },
  {
    name: "intact_lines_of_other_order",
    expect: "intact",
    about: "A line with its keys in another order is the same entry: what was hashed is its canonical form.",
    make: () => {
      const parts = whole(oneSession(1));
      const [first = "", ...rest] = parts.lines ?? [];
      const { hash, ...fields } = JSON.parse(first);
      return { ...parts, lines: [JSON.stringify({ hash, ...JSON.parse(canonical(fields)) }), ...rest] };
    },
  },
];
