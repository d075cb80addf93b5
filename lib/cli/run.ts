/** `countersign run`: the firewall in front of one MCP server. */
import { Fault } from "../base/mod.ts";
import type { PolicySource } from "../policy/mod.ts";
import type { Args, Command, Io } from "./command.ts";
import { printable } from "./render.ts";
import { firewallSettings } from "./run/from_setup.ts";
import { runFirewall } from "./run/firewall.ts";
import { BadPolicy } from "./run/workers.ts";
import { complain, policySources, readSetup } from "./setup.ts";

export const command: Command = {
  name: "run",
  summary: "stand in front of an MCP server",
  usage: "[--config FILE] [--policy FILE]… [--server NAME] [--agent ID] -- CMD ARGS…",
  flags: [
    {
      name: "config",
      kind: "string",
      value: "FILE",
      help: "the configuration; without it countersign.toml here or above",
    },
    {
      name: "policy",
      kind: "list",
      value: "FILE",
      help: "a policy file or a bundled name, highest first; in place of the configured ones",
    },
    {
      name: "server",
      kind: "string",
      value: "NAME",
      help: "what rules and entries call the server; without it, the command's name",
    },
    { name: "agent", kind: "string", value: "ID", help: "who calls; in place of the configured id" },
  ],
  example: `countersign run -- npx -y @modelcontextprotocol/server-filesystem ~/work
countersign: policy standard sha256:1f0c9e3b5a77…, ledger /home/jane/.local/share/countersign/ledger, entries 0`,
  run: runCommand,
};

async function runCommand(args: Args, io: Io): Promise<number> {
  const [command, ...commandArgs] = args.rest ?? [];
  if (command === undefined) throw noCommand(args);
  const setup = readSetup(io, args.text("config"));
  const sources = policySources(setup, args.list("policy"), io);
  const settings = firewallSettings({ setup, sources, args, io, command, commandArgs });
  // One write for each line: several firewalls may share one terminal.
  const log = (line: string) => io.err(`countersign: ${printable(line)}\n`);
  if (setup.file === undefined) {
    log(`no countersign.toml found: key and ledger are in ${settings.ledgerFolder}`);
  }
  try {
    return await runFirewall(settings, { log, write: io.err });
  } catch (thrown) {
    if (thrown instanceof BadPolicy) {
      throw complain(thrown.diagnostics, { io, what: "policy", sources: textsOf(sources) });
    }
    throw thrown;
  }
}

function textsOf(sources: readonly PolicySource[]): ReadonlyMap<string, string> {
  return new Map(sources.map(({ file, text }) => [file, text]));
}

function noCommand(args: Args): Fault {
  const [word] = args.words;
  const hint = word === undefined
    ? "countersign run -- npx -y @modelcontextprotocol/server-filesystem /path/to/folder"
    : "put -- in front of the server's command, so that its flags are not taken for ours";
  return new Fault("usage", "Cannot run: no command of an MCP server is given", { hint });
}
