/** What the upstream writes to stderr goes to ours, line by line, with secrets masked. ATTACKER-CONTROLLED. */
import { utf8 } from "../../base/mod.ts";
import type { Inspected, ScanPort } from "../../gate/mod.ts";
import type { Upstream } from "../../transport/mod.ts";

// Longer lines are cut: nobody reads them, and each is held in memory until it is looked through.
const MAX_LINE = 65_536;
const WITHHELD = "[a line of the MCP server is withheld: it could not be looked through]";

/** Resolves when the upstream's stderr ends. */
export async function passComplaints(upstream: Upstream, scan: ScanPort, server: string): Promise<void> {
  for await (const line of upstream.complaints()) {
    writeError(`${await masked(line.slice(0, MAX_LINE), scan, server)}\n`);
  }
}

async function masked(line: string, scan: ScanPort, server: string): Promise<string> {
  const text = JSON.stringify(line.toWellFormed());
  try {
    return shownLine(
      line,
      await scan.inspect({ text, direction: "to-client", server, tool: "", method: "stderr" }),
    );
  } catch {
    return WITHHELD; // the scanner gave no answer; its fault was logged by whoever asked about a call
  }
}

function shownLine(line: string, { report, clean, withhold }: Inspected): string {
  if (!report.complete || withhold) return WITHHELD;
  return clean === undefined ? line : String(JSON.parse(clean));
}

function writeError(text: string): void {
  let bytes: Uint8Array = utf8(text);
  while (bytes.length > 0) bytes = bytes.subarray(Deno.stderr.writeSync(bytes));
}
