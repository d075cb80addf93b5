/** Programs that start another one which they are told the package or the file of. */
const LAUNCHERS = new Set([
  "npx",
  "npm",
  "bunx",
  "pnpm",
  "yarn",
  "uvx",
  "uv",
  "pipx",
  "node",
  "deno",
  "bun",
  "python",
  "python3",
]);
const SUBCOMMANDS = new Set(["exec", "run", "dlx", "x", "tool"]);

/**
 * What rules and entries call an upstream that nobody named: the package or program that runs in the end, without folder,
 * scope, version and ending. `npx -y @modelcontextprotocol/server-filesystem@2 DIR` is `server-filesystem`.
 */
export function serverName(command: string, args: readonly string[]): string {
  const program = baseName(command);
  if (!LAUNCHERS.has(program)) return program;
  const target = args.find((arg) => !arg.startsWith("-") && !SUBCOMMANDS.has(arg));
  return target === undefined ? program : baseName(target);
}

function baseName(path: string): string {
  const last = path.replace(/^npm:/, "").split(/[/\\]/).filter((part) => part !== "").at(-1) ?? path;
  return last.replace(/@[^@]*$/, "").replace(/\.(?:exe|cmd|bat|[cm]?[jt]s|py)$/i, "") || path;
}
