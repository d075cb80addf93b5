/** `key rotate`, `key protect`, `key unprotect`. */
import { type Args, EXIT, type Io } from "../command.ts";
import { ledgerFolderFor } from "../ledger_folder.ts";

/** Replaces the signing key; the ledger says so, under both. */
export async function rotate(args: Args, io: Io): Promise<number> {
  const folder = await ledgerFolderFor(args, io);
  const [{ rotateSigningKey }, { readSetup }, { configuredPrincipal }] = await Promise.all([
    import("../../store/mod.ts"),
    import("../setup.ts"),
    import("../run/from_setup.ts"),
  ]);
  const by = io.env("USER") ?? io.env("USERNAME");
  const { config, ledgerFolder } = readSetup(io, args.text("config"));
  // Of another ledger than the configured one, the name is not ours to give.
  const origin = ledgerFolder === folder ? config.ledger.origin : undefined;
  const rotated = await rotateSigningKey(folder, {
    env: io.env,
    principal: configuredPrincipal(config, args),
    ...by !== undefined && { by },
    ...origin !== undefined && { origin },
  });
  if (args.has("json")) {
    io.out(`${JSON.stringify({ old: rotated.old, key: rotated.next, seq: rotated.seq })}\n`);
    return EXIT.done;
  }
  io.out(
    `rotated: key ${rotated.old} signed entry ${rotated.seq}, by which key ${rotated.next} takes over
keys/signing.pub is the new public key; keys/retired/${rotated.old}.pub, the old one, verifies the ledger as well
`,
  );
  return EXIT.done;
}

/** Puts the passphrase of the environment on the key files. */
export async function protect(args: Args, io: Io): Promise<number> {
  const folder = await ledgerFolderFor(args, io);
  const { protectKeys } = await import("../../store/mod.ts");
  if (!await protectKeys(folder, { env: io.env })) {
    io.out("kept keys/: the keys are protected, with this passphrase\n");
    return EXIT.done;
  }
  io.out(`protected keys/signing.key and keys/blinding.key
next:
  set COUNTERSIGN_KEY_PASSPHRASE wherever the firewall is started, and for commands that write to the ledger
  a copy from before, such as a backup, opens without it: countersign key rotate makes it useless for what comes
`);
  return EXIT.done;
}

/** Takes the passphrase off the key files. */
export async function unprotect(args: Args, io: Io): Promise<number> {
  const folder = await ledgerFolderFor(args, io);
  const { unprotectKeys } = await import("../../store/mod.ts");
  const changed = await unprotectKeys(folder, { env: io.env });
  io.out(
    changed
      ? "keys/signing.key and keys/blinding.key are in plain text now: whoever can read them can sign\n"
      : "kept keys/: the keys are not protected\n",
  );
  return EXIT.done;
}
