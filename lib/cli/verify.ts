/** `verify`: is it what was written? */
import { Fault } from "../base/mod.ts";
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { LEDGER_FLAGS, ledgerFolderFor } from "./ledger_folder.ts";
import { ATTESTATION_FLAGS } from "./verify/attestation_flags.ts";
import { kindOf } from "./verify/kind.ts";
import { asJson, asText, HOLDS, type Shown } from "./verify/show.ts";
import { readTrust, TRUST_FLAGS } from "./verify/trust.ts";

export const command: Command = {
  name: "verify",
  summary: "prove that a ledger, a pack or a receipt is what was written",
  usage: "[LEDGER | PACK | RECEIPT] [--public-key KEY]… [--checkpoint FILE]… [--policy FILE] " +
    "[--attestation FILE [--audience NAME]] [--ledger DIR] [--config FILE] [--json]",
  flags: [...TRUST_FLAGS, ...ATTESTATION_FLAGS, ...LEDGER_FLAGS, {
    name: "json",
    kind: "boolean",
    help: "as one JSON object",
  }],
  example: `countersign verify
intact 302 entries
  head  301 5d3b1b6a2c08f6a4...
  root  d92666d672f9a98b...
  key   73432e42931d995d
  2 checkpoints on the way, all of this tree`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    refuseAudienceAlone(args);
    const report = args.has("attestation") ? await verifyToken(args, io) : await verifyNamed(args, io);
    const isBroughtAlong = args.list("public-key").length === 0 && !("keys" in report);
    const options = { terminal: io.terminal.out, isBroughtAlong };
    io.out(args.has("json") ? `${JSON.stringify(asJson(report))}\n` : asText(report, options));
    return HOLDS.includes(report.status) ? EXIT.done : EXIT.no;
  },
};

/** A flag that would do nothing would let a person believe that it did. */
function refuseAudienceAlone(args: Args): void {
  if (!args.has("audience") || args.has("attestation")) return;
  throw new Fault("usage", "Cannot verify: --audience is for --attestation, which is not given", {
    hint: "countersign verify --attestation FILE --audience NAME",
  });
}

/** Loaded only where it is asked for. */
async function verifyToken(args: Args, io: Io): Promise<Shown> {
  const { verifyAttestationNamed } = await import("./verify/attestation.ts");
  return await verifyAttestationNamed(args, io);
}

/** What stands at the path says what it is. */
async function verifyNamed(args: Args, io: Io): Promise<Shown> {
  const path = await ledgerFolderFor(args, io, args.words[0]);
  const trust = await readTrust(args, io);
  switch (await kindOf(path)) {
    case "ledger": {
      const { verifyFolder } = await import("./verify/ledger.ts");
      return await verifyFolder(path, trust, io);
    }
    case "pack": {
      const { verifyPackAt } = await import("./verify/pack.ts");
      return await verifyPackAt(path, trust, io);
    }
    case "archive": {
      const { verifyArchiveAt } = await import("./verify/archive.ts");
      return await verifyArchiveAt(path, trust, io);
    }
    case "receipt": {
      const { verifyReceiptAt } = await import("./verify/receipt.ts");
      return await verifyReceiptAt(path, trust);
    }
    case "other":
      throw new Fault("usage", `Cannot verify "${path}": it is no ledger, no pack and no receipt`, {
        hint: "name the ledger's folder, a pack (a folder or .tar) or a receipt (.json)",
      });
  }
}
