/** `pins accept` and `pins reject`: a person's word, as an entry, in one commit with what it changes. */
import { Fault } from "../../base/mod.ts";
import type { PinView } from "../../ledger/mod.ts";
import type { OpenRequest, PinDecision } from "../../verdict/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { ledgerFolderFor } from "../ledger_folder.ts";
import { printable } from "../render.ts";
import { pinsFor, selected, shortDigest, titleOf } from "./select.ts";

type Answer = PinDecision["decision"];

const DONE: Readonly<Record<Answer, string>> = { accept: "accepted", reject: "rejected" };
/** There is no policy: it was not looked at. */
const NO_POLICY = "none";
// Of rows as large as they get, as many as one commit holds.
const MAX_ROWS = 100;
const MAX_CHARS = 100_000;

/** Answers for what is named; 1 where nothing of it waits for an answer. */
export async function answerPinned(args: Args, io: Io, answer: Answer): Promise<number> {
  const named = namedIn(args, await pinsFor(args, io), answer);
  const waiting = named.filter(({ row, state }) =>
    row.seen !== undefined && !(answer === "reject" && state === "rejected")
  );
  if (waiting.length === 0) {
    io.err(`nothing to ${answer}: ${named.length === 0 ? "no tool waits for an answer" : whyNot(named)}\n`);
    return EXIT.no;
  }
  refuseOther(args, waiting, answer);
  const parts = partsOf(waiting);
  const { answerPins } = await import("../../store/mod.ts");
  const by = io.env("USER") ?? io.env("USERNAME"), note = args.text("note");
  const decisions = parts.map((pins): PinDecision => ({
    type: "pin-decision",
    decision: answer,
    rows: pins.map(({ key, row }) => ({ key, digest: row.seen?.digest ?? "" })),
    ...note !== undefined && { note },
    ...by !== undefined && { by },
  }));
  const refs = await answerPins(await openingFor(args, io, waiting), decisions);
  parts.forEach((pins, at) => {
    for (const pin of pins) {
      io.out(
        `${DONE[answer]} ${printable(titleOf(pin))} of ${printable(pin.row.server)}; entry ${
          refs[at]?.seq
        } says so\n`,
      );
    }
  });
  return EXIT.done;
}

function namedIn(args: Args, pins: readonly PinView[], answer: Answer): readonly PinView[] {
  const names = args.words.slice(1);
  if (args.has("all")) {
    if (names.length === 0 && !args.has("instructions")) {
      return pins.filter(({ row }) => row.seen !== undefined);
    }
    throw misuse(answer, "tools are named beside --all", "name tools, or write --all");
  }
  if (names.length === 0 && !args.has("instructions")) {
    throw misuse(answer, "no tool is named", `countersign pins diff, then: countersign pins ${answer} TOOL`);
  }
  const found = selected(pins, names, args);
  const servers = new Set(found.filter(({ row }) => row.seen !== undefined).map(({ serverId }) => serverId));
  if (servers.size <= 1) return found;
  throw misuse(
    answer,
    "more than one server has a tool of this name that waits for an answer",
    `name the server: --server ${[...servers].join(", or --server ")}`,
  );
}

const DIGEST_REGEXP = /^[0-9a-f]{8,64}$/;

/** A definition may change between the look at it and the answer: who names its digest answers for no other. */
function refuseOther(args: Args, waiting: readonly PinView[], answer: Answer): void {
  const digest = args.text("digest");
  if (digest === undefined) return;
  if (!DIGEST_REGEXP.test(digest)) {
    throw misuse(answer, "--digest is no digest: 8 to 64 hexadecimal digits", "countersign pins diff");
  }
  const [pin, ...others] = waiting;
  if (others.length > 0) {
    throw misuse(answer, `--digest is for one definition, not ${waiting.length}`, "name one");
  }
  if (pin?.row.seen?.digest.startsWith(digest) === true) return;
  throw misuse(
    answer,
    `what waits for an answer is ${shortDigest(pin)}, not ${digest}`,
    "look at it again: countersign pins diff",
  );
}

function misuse(answer: Answer, cause: string, hint: string): Fault {
  return new Fault("usage", `Cannot run pins ${answer}: ${cause}`, { hint });
}

function whyNot(named: readonly PinView[]): string {
  return named.map((pin) => `${printable(titleOf(pin))} is ${pin.state}`).join(", ");
}

/** One entry for each server; of many tools, as many as fit a commit. */
function partsOf(pins: readonly PinView[]): readonly (readonly PinView[])[] {
  const parts: PinView[][] = [];
  let server = "", chars = 0;
  for (const pin of pins) {
    const size = JSON.stringify(pin.row).length, last = parts.at(-1);
    const fits = last !== undefined && pin.serverId === server && last.length < MAX_ROWS &&
      chars + size <= MAX_CHARS;
    if (fits) last.push(pin);
    else parts.push([pin]);
    chars = fits ? chars + size : size;
    server = pin.serverId;
  }
  return parts;
}

async function openingFor(args: Args, io: Io, [first]: readonly PinView[]): Promise<OpenRequest> {
  const { readSetup } = await import("../setup.ts");
  const { agent } = readSetup(io, args.text("config"), { withoutSecrets: true }).config;
  const principal = {
    id: agent.id,
    verified: false,
    roles: [],
    ...agent.authorizedBy !== undefined && { authorizedBy: agent.authorizedBy },
  };
  const server = first?.row.server ?? "";
  return { folder: await ledgerFolderFor(args, io), principal, server, policy: NO_POLICY, enforced: true };
}
