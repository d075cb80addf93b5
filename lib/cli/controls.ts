/** `controls`: which controls of others the ledger has evidence for. */
import type { Framework } from "../report/mod.ts";
import { expectWords } from "./args.ts";
import { jsonLine } from "./audit/json_line.ts";
import { type Command, EXIT } from "./command.ts";
import { paint, type Style } from "./render.ts";

export const command: Command = {
  name: "controls",
  summary: "show which controls of NIST, NCCoE and OWASP the ledger has evidence for",
  usage: "[--markdown | --json]",
  flags: [
    { name: "markdown", kind: "boolean", help: "as Markdown" },
    { name: "json", kind: "boolean", help: "as one JSON object" },
  ],
  example: `countersign controls
OWASP Top 10 for Agentic Applications 2026
  ASI02  Tool Misuse and Exploitation  supports
         Tools, arguments, amounts, rates and orders of calls are limited; …
         evidence: call: decision, rules, reason, charges; …
         not covered: Misuse that looks like use: what the policy allows is done.`,
  async run(args, io) {
    expectWords(args, command, { most: 0 });
    const { CONTROLS_NOTE, controlsMarkdown, FRAMEWORKS } = await import("../report/mod.ts");
    if (args.has("json")) io.out(jsonLine({ note: CONTROLS_NOTE, frameworks: FRAMEWORKS }));
    else if (args.has("markdown")) io.out(controlsMarkdown(1));
    else {io.out([
        ...FRAMEWORKS.map((one) => frameworkText(one, io.terminal.out)),
        `${wrapped(CONTROLS_NOTE, WIDTH).join("\n")}\n`,
      ].join("\n"));}
    return EXIT.done;
  },
};

const STYLES: Readonly<Record<string, Style>> = { supports: "green", contributes: "yellow", outside: "dim" };
const WIDTH = 96;

function frameworkText({ name, source, note, controls }: Framework, terminal: boolean): string {
  const indent = 2 + Math.max(...controls.map(({ id }) => id.length)) + 2;
  const paragraph = (text: string) =>
    wrapped(text, WIDTH - indent).map((line) => `${" ".repeat(indent)}${line}\n`).join("");
  const body = controls.map(({ id, title, reach, how, evidence, gap }) =>
    `  ${paint(id.padEnd(indent - 2), "bold", terminal)}${title}  ${
      paint(reach, STYLES[reach] ?? "dim", terminal)
    }\n` +
    paragraph(how) + paragraph(`evidence: ${evidence.join("; ")}`) + paragraph(`not covered: ${gap}`)
  ).join("");
  return `${paint(name, "bold", terminal)}\n${wrapped(`${source}. ${note}`, WIDTH).join("\n")}\n\n${body}`;
}

/** Lines of whole words, each at most `width` where its words allow it. */
function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
