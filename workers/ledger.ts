/**
 * The ledger worker: the one with the pen. Reads and writes the ledger's folder, reads the passphrase of its
 * keys, and has no other permission. All sessions of a run are in one ledger, and share its commits.
 *
 * Input: records from main; names in them may be ATTACKER-CONTROLLED. Thread: its own. Imports: channel, store.
 */
import { serve } from "../lib/channel/mod.ts";
import { LedgerSessions, type LedgerStart } from "../lib/store/mod.ts";
import type { OpenRequest, PinObservation, WriteRequest } from "../lib/verdict/mod.ts";

/** A session's id, as main knows it, and what is asked of it. */
type OfSession<T> = readonly [session: string, payload: T];

const sessions = new LedgerSessions();

serve({
  start: (start: LedgerStart) => sessions.start(start),
  open: (request: OpenRequest) => sessions.open(request),
  write: ([session, request]: OfSession<WriteRequest>) =>
    sessions.in(
      session,
      (ledger) => request.type === "call" ? ledger.record(request) : ledger.write(request),
    ),
  observe: ([session, seen]: OfSession<PinObservation>) =>
    sessions.in(session, (ledger) => ledger.observe(seen)),
  answers: ([session, calls]: OfSession<readonly number[]>) =>
    sessions.in(session, (ledger) => ledger.answers(calls)),
  attest: ([session, [call, audience]]: OfSession<readonly [number, string]>) =>
    sessions.in(session, (ledger) => ledger.attest(call, audience)),
  close: ([session, reason]: OfSession<string>) => sessions.close(session, reason),
  end: () => sessions.end(),
});
