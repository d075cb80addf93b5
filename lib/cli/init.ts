/** `init`: a configuration to read and change, a signing key, an empty ledger. */
import { Fault } from "../base/mod.ts";
import { CONFIG_FILE, loadConfig } from "../config/mod.ts";
import { keyFilesExist, keyProtection, passphraseFrom } from "../identity/mod.ts";
import { initLedgerFolder, type LedgerFolder } from "../store/mod.ts";
import { BUNDLED_POLICIES } from "../policy/mod.ts";
import { expectWords } from "./args.ts";
import { type Command, EXIT, type Io } from "./command.ts";
import { policySources } from "./setup.ts";

const LEDGER_FOLDER = ".countersign";
const DEFAULT_AGENT = "my-agent";
const CONFIG_MODE = 0o600;

export const command: Command = {
  name: "init",
  summary: "make a configuration, a signing key and a ledger",
  usage: "[--agent-id ID] [--policy NAME] [--force]",
  flags: [
    {
      name: "agent-id",
      kind: "string",
      value: "ID",
      help: `who calls, in rules and entries (default ${DEFAULT_AGENT})`,
    },
    {
      name: "policy",
      kind: "string",
      value: "NAME",
      help: `${BUNDLED_POLICIES.join(", ")}, or a file (default standard)`,
    },
    { name: "force", kind: "boolean", help: `replace ${CONFIG_FILE}; keys and ledger are kept` },
  ],
  example: `countersign init --agent-id support-bot
made countersign.toml: agent support-bot, policy standard
made .countersign: signing key 0f3a9c1d22b47e58, an empty ledger
next:
  countersign doctor
  countersign run -- npx -y @modelcontextprotocol/server-filesystem .`,
  async run(args, io) {
    expectWords(args, command, { most: 0 });
    const agent = args.text("agent-id") ?? DEFAULT_AGENT, policy = args.text("policy") ?? "standard";
    const file = `${io.cwd()}/${CONFIG_FILE}`, folder = `${io.cwd()}/${LEDGER_FOLDER}`;
    const text = configurationText(agent, policy);
    checkBeforeWriting(text, file, io);
    // A passphrase that protects nothing is refused before anything is written, too.
    if (!await keyFilesExist(folder)) passphraseFrom(io.env)?.checkStrength();
    await writeConfiguration(file, text, args.has("force"));
    io.out(`made ${CONFIG_FILE}: agent ${agent}, policy ${policy}\n`);
    io.out(ledgerLine(await makeLedger(folder, io), await keyProtection(folder) === "protected"));
    io.out(
      "next:\n  countersign doctor\n  countersign run -- npx -y @modelcontextprotocol/server-filesystem .\n",
    );
    return EXIT.done;
  },
};

function configurationText(agent: string, policy: string): string {
  return `# Countersign: what stands between the agent and its tools. A key that is not known is an error.
# \`countersign doctor\` says what is set up, \`countersign policy check\` what is wrong with a policy.
version = 1

[agent]
id = ${JSON.stringify(agent)}
# authorized_by = "jane@example.com"   # the person who answers for the agent; it is in every entry

[policy]
# Bundled policies, or files of your own, the highest first: a lower one can only tighten.
files = [${JSON.stringify(policy)}]

[ledger]
path = "${LEDGER_FOLDER}"   # holds the signing key, too: nobody else may read it, and it belongs in no repository
record = "metadata"     # names, decisions and keyed digests; never arguments or results

# [limits]
# hold_timeout = "5m"   # how long a held call waits for \`countersign approve\`
`;
}

/** The very checks that `run` makes, so that nothing is written that it would refuse. */
function checkBeforeWriting(text: string, file: string, io: Io): void {
  const loaded = loadConfig({ file, text, known: { policies: BUNDLED_POLICIES } });
  if (loaded.ok) {
    policySources({ config: loaded.value, ledgerFolder: loaded.value.ledger.path }, [], io);
    return;
  }
  // The file is ours and not there yet: what is wrong came in by a flag, and a place in the file would mean nothing.
  const { message, hint } = loaded.error[0] ??
    { message: "it is not valid", hint: "countersign init --help" };
  throw new Fault("usage", `Cannot make ${CONFIG_FILE}: ${message}`, { hint });
}

async function writeConfiguration(file: string, text: string, force: boolean): Promise<void> {
  try {
    // `createNew` does not follow a link that somebody laid there.
    await Deno.writeTextFile(file, text, { createNew: !force, mode: CONFIG_MODE });
  } catch (thrown) {
    if (!(thrown instanceof Deno.errors.AlreadyExists)) throw thrown;
    throw new Fault("config", `Cannot make ${CONFIG_FILE}: there is one in this folder`, {
      hint: "countersign init --force replaces it, and keeps keys and ledger",
    });
  }
}

/** The ledger, and a note for git: a signing key in a repository is everybody's. */
async function makeLedger(folder: string, { env }: Io): Promise<LedgerFolder> {
  const made = await initLedgerFolder(folder, { env });
  if (made.created) await Deno.writeTextFile(`${folder}/.gitignore`, "*\n", { mode: CONFIG_MODE });
  return made;
}

function ledgerLine({ key, created }: LedgerFolder, isProtected: boolean): string {
  const signing = `signing key ${key}${isProtected ? ", protected by a passphrase" : ""}`;
  return created
    ? `made ${LEDGER_FOLDER}: ${signing}, an empty ledger\n`
    : `kept ${LEDGER_FOLDER}: ${signing}, and the ledger as it is\n`;
}
