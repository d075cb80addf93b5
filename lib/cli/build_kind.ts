import configuration from "../../deno.json" with { type: "json" };

/** The version of this Countersign. */
export const VERSION: string = configuration.version;

/** `binary`: made by `deno compile`. `source`: run by `deno run`. */
export function buildKind(): "binary" | "source" {
  return Deno.build.standalone ? "binary" : "source";
}

/** V8's flags, with their reasons. They count for the whole process and cannot be set later. */
export const V8_FLAGS: readonly { readonly flag: string; readonly reason: string }[] = [
  {
    flag: "--enable-experimental-regexp-engine-on-excessive-backtracks",
    reason: "a pattern that backtracks too much goes on in the linear engine, instead of running for minutes",
  },
  {
    flag: "--max-semi-space-size=2",
    reason:
      "MB of young objects in each of four isolates; 16, the default, keeps 50 MB more and gains no time",
  },
];

/** A program and the arguments that stand before a command's own. */
export interface OwnCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** Starts this very Countersign again: the binary itself, or the same Deno on the same `main.ts`. */
export function ownCommand(): OwnCommand {
  const program = Deno.execPath();
  if (buildKind() === "binary") return { program, args: [] };
  const root = new URL("../../", import.meta.url);
  return {
    program,
    args: [
      "run",
      "--quiet",
      "--allow-all",
      `--config=${filePath(new URL("deno.json", root))}`,
      `--v8-flags=${V8_FLAGS.map(({ flag }) => flag).join(",")}`,
      filePath(new URL("main.ts", root)),
    ],
  };
}

/** The path of a `file:` URL, as the system writes it. */
export function filePath(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.slice(1).replaceAll("/", "\\") : path;
}
