import { Fault } from "../../base/mod.ts";
import type { NumberedLine } from "./text_lines.ts";

/** What is wrong with a line of a file of recorded traffic; what stands in it is not shown. */
export function lineFault(shown: string, { number, fromEnd }: NumberedLine, cause: string): Fault {
  const where = fromEnd ? `line ${number} from the end` : `line ${number}`;
  return new Fault("usage", `Cannot simulate: ${where} of "${shown}" cannot be read: ${cause}`, {
    hint: 'a line is an entry of audit --json, or an object such as {"tool": "read_file", "args": {}}',
  });
}
