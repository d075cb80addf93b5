/** Entries that have lost their text: a signed entry has to allow that, and a signed checkpoint to pin them. */
import { type Case, KEYS, type Parts, whole } from "./case.ts";
import { VectorLedger } from "./maker.ts";

const { first, second } = KEYS;

interface Plan {
  /** What the `prune` entry says; the first session ends before 4. */
  readonly until?: number;
  readonly stubs?: readonly [number, number];
  readonly checkpoints?: readonly number[];
  readonly says?: boolean;
}

/** Two sessions, then one that prunes what `stubs` says, then what `more` writes. */
function pruned(
  { until = 4, stubs = [0, 4], checkpoints = [4], says = true }: Plan,
  more?: (ledger: VectorLedger) => void,
): Parts {
  const ledger = new VectorLedger(first);
  ledger.session(1);
  ledger.session(1);
  ledger.open();
  if (says) ledger.add("prune", { until });
  ledger.close({ reason: "pruned" });
  more?.(ledger);
  const notes = checkpoints.map((size) => ledger.checkpoint(size));
  ledger.stub(...stubs);
  return whole(ledger, { checkpoints: notes });
}

export const PRUNED: readonly Case[] = [
  {
    name: "intact_pruned",
    expect: "intact",
    about: "The first session lost its texts, as a signed entry says; a checkpoint pins its hashes.",
    make: () => pruned({}),
  },
  {
    name: "intact_pruned_later_checkpoint",
    expect: "intact",
    about: "A checkpoint that is larger pins them as well.",
    make: () => pruned({ checkpoints: [11] }),
  },
  {
    name: "intact_pruned_in_part",
    expect: "intact",
    about: "A crash left the texts of some entries that may go.",
    make: () => pruned({ until: 8, stubs: [0, 3], checkpoints: [8] }),
  },
  {
    name: "intact_pruned_payloads",
    expect: "intact",
    about: "A prune entry without `until`: only payloads went.",
    make: () => {
      const ledger = new VectorLedger(first);
      ledger.session(1);
      ledger.open();
      ledger.add("prune");
      ledger.close();
      return whole(ledger);
    },
  },
  {
    name: "intact_pruned_with_rotation",
    expect: "intact",
    about: "Among the pruned entries the change of keys keeps its text; the new key is trusted.",
    make: () => {
      const ledger = new VectorLedger(first);
      ledger.session(1);
      ledger.open();
      ledger.rotate(second);
      ledger.close({ reason: "rotated" });
      ledger.open();
      ledger.add("prune", { until: 7 });
      ledger.close();
      const checkpoint = ledger.checkpoint();
      ledger.stub(0, 5);
      ledger.stub(6, 7);
      return whole(ledger, { keys: [second.publicKey], checkpoints: [checkpoint] });
    },
  },
  {
    name: "intact_pruned_session_goes_on",
    expect: "intact",
    about: "A session that opened in the pruned part has entries, a call's outcome and its close behind it.",
    make: () => {
      const ledger = new VectorLedger(first);
      const session = ledger.open();
      const call = ledger.call();
      ledger.open();
      ledger.add("prune", { until: 2 });
      ledger.close();
      ledger.within(session);
      ledger.outcome(call);
      ledger.close();
      const checkpoint = ledger.checkpoint(2);
      ledger.stub(0, 2);
      return whole(ledger, { checkpoints: [checkpoint] });
    },
  },
  {
    name: "broken_stub_unsaid",
    expect: "broken",
    about: "Texts are gone, and no entry says that they may be.",
    make: () => pruned({ says: false }),
  },
  {
    name: "broken_stub_beyond",
    expect: "broken",
    about: "More texts are gone than the prune entry allows.",
    make: () => pruned({ until: 4, stubs: [0, 5], checkpoints: [8] }),
  },
  {
    name: "broken_stub_behind",
    expect: "broken",
    about: "A text behind the prune entry is gone.",
    make: () => pruned({ until: 4, stubs: [10, 11], checkpoints: [11] }),
  },
  {
    name: "broken_stub_not_pinned",
    expect: "broken",
    about: "No checkpoint is large enough to pin the entries without text.",
    make: () => pruned({ checkpoints: [3] }),
  },
  {
    name: "broken_stub_no_checkpoint",
    expect: "broken",
    about: "The checkpoint that pinned the entries without text is gone.",
    make: () => pruned({ checkpoints: [] }),
  },
  {
    name: "broken_prune_until",
    expect: "broken",
    about: "A prune entry that speaks of entries behind it.",
    make: () => pruned({ until: 99, stubs: [0, 0], checkpoints: [] }),
  },
  {
    name: "broken_stub_outcome_twice",
    expect: "broken",
    about: "Two outcomes of one call that lies in the pruned part.",
    make: () =>
      pruned({}, (ledger) => {
        ledger.open();
        ledger.outcome(1);
        ledger.outcome(1);
        ledger.close();
      }),
  },
  {
    name: "broken_stub_session_twice",
    expect: "broken",
    about: "A session ends behind the pruned part, and then has another entry.",
    make: () =>
      pruned({}, (ledger) => {
        ledger.session(1);
        ledger.call();
      }),
  },
  {
    name: "forked_stub_swapped",
    expect: "forked",
    about: "Two stubs have changed places: both are signed, and the checkpoint shows it.",
    make: () => {
      const parts = pruned({});
      const lines = [...parts.lines ?? []];
      [lines[1], lines[2]] = [
        lines[2]?.replace('"seq":2', '"seq":1') ?? "",
        lines[1]?.replace('"seq":1', '"seq":2') ?? "",
      ];
      return { ...parts, lines };
    },
  },
  {
    name: "unsigned_stub",
    expect: "unsigned",
    about: "A stub with the signature of another.",
    make: () => {
      const parts = pruned({});
      const sig = /"sig":"[0-9a-f]+"/;
      const lines = parts.lines?.map((line, i, all) =>
        i === 1 ? line.replace(sig, sig.exec(all[2] ?? "")?.[0] ?? "") : line
      );
      return { ...parts, lines: lines ?? [] };
    },
  },
];
