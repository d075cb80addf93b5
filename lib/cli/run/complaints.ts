/** What the upstream writes to stderr goes to ours, line by line, with secrets masked. ATTACKER-CONTROLLED. */
import { printable } from "../../base/mod.ts";
import type { Inspected, ScanPort } from "../../gate/mod.ts";

const WITHHELD = "[a line of the MCP server is withheld: it could not be looked through]";
const KEY_ID = "private-key-pem";
const KEY_END_REGEXP = /-----END [A-Z0-9 ]{0,40}-----/;
/** A line inside of an armoured key: base64, a header of it, or nothing. */
const KEY_LINE_REGEXP = /^\s*(?:[A-Za-z0-9+/=]+|[A-Za-z-]{1,24}: .{0,120})?\s*$/;
/** Our own lines begin like this. */
const OURS_REGEXP = /^\s*countersign\b/i;

export interface Complaints {
  readonly scan: ScanPort;
  readonly server: string;
  /** Takes text for our stderr; must not throw when nobody reads it any more. */
  readonly write: (text: string) => void;
}

/** Resolves when the upstream's stderr (`lines`) ends. */
export async function passComplaints(
  lines: AsyncIterable<string>,
  { scan, server, write }: Complaints,
): Promise<void> {
  // A key is many lines, and only the first of them tells that the others are one.
  let inKey = false;
  for await (const line of lines) {
    if (inKey && isOfKey(line)) {
      inKey = !KEY_END_REGEXP.test(line);
      continue;
    }
    const { text, opensKey } = await masked(line, scan, server);
    inKey = opensKey;
    write(`${own(text, server)}\n`);
  }
}

function isOfKey(line: string): boolean {
  return KEY_END_REGEXP.test(line) || KEY_LINE_REGEXP.test(line);
}

interface Masked {
  readonly text: string;
  /** A key begins in the line and does not end in it. */
  readonly opensKey: boolean;
}

async function masked(line: string, scan: ScanPort, server: string): Promise<Masked> {
  const text = JSON.stringify(line.toWellFormed());
  try {
    const seen = await scan.inspect({ text, direction: "to-client", server, tool: "", method: "stderr" });
    const hasKey = seen.report.findings.some(({ id }) => id === KEY_ID);
    return { text: shownLine(line, seen), opensKey: hasKey && !KEY_END_REGEXP.test(line) };
  } catch {
    // The scanner gave no answer; its fault was logged by whoever asked about a call.
    return { text: WITHHELD, opensKey: false };
  }
}

function shownLine(line: string, { report, clean, withhold }: Inspected): string {
  if (!report.complete || withhold) return WITHHELD;
  return clean === undefined ? line : String(JSON.parse(clean));
}

/** Nothing in it moves the cursor, and nothing passes for a line of ours: we tell people which command to type. */
function own(text: string, server: string): string {
  const shown = text.split("\t").map(printable).join("\t");
  return OURS_REGEXP.test(shown) ? `[${printable(server)}] ${shown}` : shown;
}
