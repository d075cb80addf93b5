/** Completion scripts, made from the table of commands and their flags. */
import { Fault } from "../base/mod.ts";
import { expectWords } from "./args.ts";
import { type Command, EXIT } from "./command.ts";
import { nearName } from "../diagnostic/mod.ts";
import { COMMANDS } from "./table.ts";

export const command: Command = {
  name: "completions",
  summary: "print a completion script for a shell",
  usage: "bash|zsh|fish",
  flags: [],
  example: `countersign completions bash > ~/.local/share/bash-completion/completions/countersign
countersign completions zsh > "\${fpath[1]}/_countersign"
countersign completions fish > ~/.config/fish/completions/countersign.fish`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    const shell = args.words[0] ?? "";
    const write = WRITERS[shell];
    if (write === undefined) throw unknownShell(shell);
    io.out(write(await loadVisible()));
    return EXIT.done;
  },
};

type Writer = (commands: readonly Command[]) => string;

const WRITERS: Readonly<Record<string, Writer>> = { bash: bashScript, zsh: zshScript, fish: fishScript };

async function loadVisible(): Promise<readonly Command[]> {
  const visible = COMMANDS.filter(({ hidden }) => hidden !== true);
  return await Promise.all(visible.map(async ({ load }) => (await load()).command));
}

function unknownShell(shell: string): Fault {
  const names = Object.keys(WRITERS);
  const cause = shell === "" ? "no shell is named" : `"${shell}" is none of ${names.join(", ")}`;
  return new Fault("usage", `Cannot print completions: ${cause}`, {
    hint: `countersign completions ${nearName(shell, names) ?? "bash"}`,
  });
}

function flagWords({ flags }: Command): string {
  return [...flags.map(({ name }) => `--${name}`), "--help"].join(" ");
}

function bashScript(commands: readonly Command[]): string {
  const cases = commands.map((command) => `    ${command.name}) words="${flagWords(command)}" ;;`);
  return `# bash completion for countersign
_countersign() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(" ")}"
  else
    case "\${COMP_WORDS[1]}" in
${cases.map((line) => `  ${line}`).join("\n")}
    esac
  fi
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
    *) if [ "$COMP_CWORD" -eq 1 ]; then COMPREPLY=($(compgen -W "$words" -- "$current"))
       else COMPREPLY=($(compgen -f -- "$current")); fi ;;
  esac
}
complete -o filenames -F _countersign countersign
`;
}

function zshScript(commands: readonly Command[]): string {
  const names = commands.map(({ name, summary }) => `    '${name}:${quoted(summary)}'`);
  const cases = commands.map(({ name, flags }) => {
    const specs = flags.map(({ name, kind, help, value }) =>
      `'--${name}[${quoted(help).replace(/[[\]]/g, "")}]${
        kind === "boolean" ? "" : `:${value ?? "value"}:_files`
      }'`
    );
    return `    ${name}) _arguments ${
      [...specs, "'--help[show this help]'", "'*:file:_files'"].join(" ")
    } ;;`;
  });
  return `#compdef countersign
_countersign() {
  local -a commands
  commands=(
${names.join("\n")}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$name" in
${cases.join("\n")}
  esac
}
_countersign "$@"
`;
}

function fishScript(commands: readonly Command[]): string {
  const lines = commands.flatMap(({ name, summary, flags }) => [
    `complete -c countersign -n __fish_use_subcommand -f -a ${name} -d '${quoted(summary)}'`,
    ...flags.map((flag) => {
      const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
      const value = flag.kind === "boolean" ? "" : " -r";
      return `complete -c countersign -n '__fish_seen_subcommand_from ${name}'${short} -l ${flag.name}${value} -d '${
        quoted(flag.help)
      }'`;
    }),
  ]);
  return `# fish completion for countersign\n${lines.join("\n")}\n`;
}

/** Texts of ours inside single quotes of a shell. */
function quoted(text: string): string {
  return text.replaceAll("'", "’").replaceAll(":", ",");
}
