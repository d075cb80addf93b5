/** Checkpoints that witnesses have cosigned, and policies that ask for that. */
import { type Case, KEYS, oneSession, type Parts, type Trap, whole } from "./case.ts";
import { cosignature, type VectorLedger, verifierKey } from "./maker.ts";

const { first, second, stranger, north, south } = KEYS;
const ORIGIN = `countersign/${first.id}`;
export const NORTH = "north.example/witness", SOUTH = "south.example/witness";

const BOTH = [
  `log ${verifierKey(ORIGIN, 1, first)}`,
  `witness north ${verifierKey(NORTH, 4, north)}`,
  `witness south ${verifierKey(SOUTH, 4, south)} https://south.example/`,
  "group both all north south",
  "quorum both",
  "",
].join("\n");
export const ONE = BOTH.replace("both all", "both 1");

/** The note with cosignatures of these. */
export function cosigned(note: string, ...by: readonly (readonly [string, typeof north])[]): string {
  const text = note.slice(0, note.indexOf("\n\n") + 1);
  return note + by.map(([name, key]) => cosignature(name, key, text)).join("");
}

function withPolicy(policy: string, change: (ledger: VectorLedger) => Partial<Parts>): () => Parts {
  return () => {
    const ledger = oneSession(2);
    return whole(ledger, { policy, ...change(ledger) });
  };
}

const POLICY_TRAPS: readonly Trap[] = [
  ["no_quorum", "has no quorum", (text) => text.replace("quorum both\n", "")],
  [
    "undefined_name",
    "names a witness that is not defined",
    (text) => text.replace("all north south", "all north east"),
  ],
  ["too_many", "asks for three of two", (text) => text.replace("both all", "both 3")],
  ["no_end", "does not end its last line", (text) => text.slice(0, -1)],
  [
    "twice",
    "names one key twice",
    (text) => text.replace(verifierKey(SOUTH, 4, south), verifierKey("a.example", 4, north)),
  ],
  [
    "log_as_witness",
    "has a log's key for a witness",
    (text) => text.replace(verifierKey(NORTH, 4, north), verifierKey(ORIGIN, 1, first)),
  ],
];

export const WITNESSED: readonly Case[] = [
  {
    name: "intact_witnessed",
    expect: "intact",
    about: "Both witnesses that the policy asks for have cosigned the newest checkpoint.",
    make: withPolicy(BOTH, (ledger) => ({
      checkpoints: [ledger.checkpoint(3), cosigned(ledger.checkpoint(), [NORTH, north], [SOUTH, south])],
    })),
  },
  {
    name: "intact_witnessed_kept",
    expect: "intact",
    about: "The newest checkpoint was stored before its cosignature came; the auditor kept it with that.",
    make: withPolicy(ONE, (ledger) => ({
      checkpoints: [ledger.checkpoint()],
      kept: [cosigned(ledger.checkpoint(), [SOUTH, south])],
    })),
  },
  {
    name: "intact_quorum_none",
    expect: "intact",
    about: "A policy that asks for no witness, and a checkpoint of its log.",
    make: withPolicy(
      BOTH.replace("quorum both", "quorum none"),
      (ledger) => ({ checkpoints: [ledger.checkpoint()] }),
    ),
  },
  {
    name: "unsigned_quorum_one_of_two",
    expect: "unsigned",
    about: "One of two witnesses is missing.",
    make: withPolicy(BOTH, (ledger) => ({ checkpoints: [cosigned(ledger.checkpoint(), [NORTH, north])] })),
  },
  {
    name: "unsigned_quorum_older",
    expect: "unsigned",
    about: "An older checkpoint has the quorum, the newest has not.",
    make: withPolicy(ONE, (ledger) => ({
      checkpoints: [cosigned(ledger.checkpoint(3), [NORTH, north]), ledger.checkpoint()],
    })),
  },
  {
    name: "unsigned_quorum_no_checkpoint",
    expect: "unsigned",
    about: "There is no checkpoint.",
    make: withPolicy(ONE, () => ({})),
  },
  {
    name: "unsigned_quorum_forged",
    expect: "unsigned",
    about: "A cosignature of somebody else in the name of the witness.",
    make: withPolicy(ONE, (ledger) => ({ checkpoints: [cosigned(ledger.checkpoint(), [NORTH, stranger])] })),
  },
  {
    name: "unsigned_quorum_twice_the_same",
    expect: "unsigned",
    about: "One witness has cosigned twice, and two are wanted.",
    make: withPolicy(BOTH, (ledger) => ({
      checkpoints: [cosigned(ledger.checkpoint(), [NORTH, north], [NORTH, north])],
    })),
  },
  {
    name: "unsigned_quorum_other_log",
    expect: "unsigned",
    about: "Cosigned, but the policy knows another log.",
    make: withPolicy(ONE.replace(/^log .*/, `log ${verifierKey(ORIGIN, 1, second)}`), (ledger) => ({
      checkpoints: [cosigned(ledger.checkpoint(), [NORTH, north])],
    })),
  },
  ...POLICY_TRAPS.map(([name, what, change]): Case => ({
    name: `usage_policy_${name}`,
    expect: "usage",
    about: `A policy that ${what}.`,
    make: withPolicy(change(BOTH), (ledger) => ({
      checkpoints: [cosigned(ledger.checkpoint(), [NORTH, north], [SOUTH, south])],
    })),
  })),
];
