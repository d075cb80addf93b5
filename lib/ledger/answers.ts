/** How held calls were answered, possibly by another process. */
import { Fault } from "../base/mod.ts";
import type { Answer, ReasonCode } from "../verdict/mod.ts";
import type { OpenWork } from "./open_work.ts";
import { type Keys, type LedgerStore, MAX_TOGETHER } from "./port.ts";
import { readTrustedRecord } from "./record.ts";
import { readAnswerRow } from "./rows.ts";

export interface AnswerDeps {
  readonly store: LedgerStore;
  readonly keys: Keys;
  /** Id of our session: the answers to its calls alone are ours. */
  readonly session: string;
  /** What the session knows of its calls; an answer is noted in it. */
  readonly work: OpenWork;
}

/** The answers that stand, to those of `calls` that do not wait any more. */
export async function readAnswers(deps: AnswerDeps, calls: readonly number[]): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const call of await answeredOf(deps.store, calls)) {
    const answer = await readAnswer(deps, call);
    if (answer === undefined) continue;
    answers.push(answer);
    // Whoever let it pass forwards it next: from here on an outcome is owed.
    if (answer.decision === "deny") deps.work.delete(call);
    else if (deps.work.get(call) === "held") deps.work.set(call, "owed");
  }
  return answers;
}

async function answeredOf(store: LedgerStore, calls: readonly number[]): Promise<readonly number[]> {
  const answered: number[] = [];
  for (let i = 0; i < calls.length; i += MAX_TOGETHER) {
    const some = calls.slice(i, i + MAX_TOGETHER);
    const holds = await store.readTogether(some.map((call) => ["hold", call]));
    answered.push(...some.filter((_, at) => holds[at] === undefined));
  }
  return answered;
}

/**
 * The answer to one call; `undefined` where it never was held. The row only says where to look: what counts is the
 * entry, and its signature, or whoever can write to the store could let a held call pass. It must be this session's and
 * stand where it says that it stands: an old approval of another call with this number is signed as well.
 */
async function readAnswer({ store, keys, session }: AnswerDeps, call: number): Promise<Answer | undefined> {
  const row = await store.read("answer", call);
  if (row === undefined) return undefined;
  const { seq } = readAnswerRow(row.value);
  const signed = async (at: number) => {
    const cell = await store.read("entry", at);
    const entry = cell === undefined ? undefined : readTrustedRecord(cell.value, keys.publicKey)?.entry;
    return entry?.seq === at && entry.session === session ? entry : undefined;
  };
  const held = await signed(call), answer = await signed(seq);
  const decision = answer?.decision;
  const fits = held?.kind === "call" && held.verdict === "hold" && answer?.kind === "approval" &&
    answer.call === call && seq > call;
  if (!fits || (decision !== "allow" && decision !== "deny")) {
    throw new Fault("ledger", `Cannot take the answer to entry ${call}: no entry that we signed says it`, {
      hint: "countersign verify",
    });
  }
  // INVARIANT: only codes of ours are written as the reason of an approval.
  const reason = (answer?.reason ?? "default") as ReasonCode;
  return { call, decision, reason, cleared: answer?.cleared ?? [], seq };
}
