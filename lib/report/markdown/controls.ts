import { CONTROLS_NOTE, FRAMEWORKS, REACH_WORDS } from "../controls/all.ts";
import type { Framework } from "../controls/control.ts";
import { markdownTable } from "./escape.ts";

/** The control mapping as Markdown. `level`: of its headings. All of its texts are ours. */
export function controlsMarkdown(level: number = 2): string {
  const mark = "#".repeat(level);
  return `${mark} Control mapping\n\n${CONTROLS_NOTE}\n\n${
    FRAMEWORKS.map((framework) => frameworkMarkdown(framework, `${mark}#`)).join("\n")
  }`;
}

function frameworkMarkdown({ name, source, note, controls }: Framework, mark: string): string {
  const rows = controls.map(({ id, title, reach, how, evidence, gap }) => [
    id,
    title,
    REACH_WORDS[reach],
    how,
    evidence.map((one) => `\`${one}\``).join(", "),
    gap,
  ]);
  return `${mark} ${name}\n\n${source}. ${note}\n\n${
    markdownTable(["Id", "Asks for", "Reach", "What is done", "Evidence in the ledger", "Not covered"], rows)
  }`;
}
