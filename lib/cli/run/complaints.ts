/** What the upstream writes to stderr goes to ours, line by line, with secrets masked. ATTACKER-CONTROLLED. */
import type { Inspected, ScanPort } from "../../gate/mod.ts";
import type { Upstream } from "../../transport/mod.ts";

const WITHHELD = "[a line of the MCP server is withheld: it could not be looked through]";

export interface Complaints {
  readonly scan: ScanPort;
  readonly server: string;
  /** Takes text for our stderr; must not throw when nobody reads it any more. */
  readonly write: (text: string) => void;
}

/** Resolves when the upstream's stderr ends. */
export async function passComplaints(upstream: Upstream, { scan, server, write }: Complaints): Promise<void> {
  for await (const line of upstream.complaints()) {
    write(`${await masked(line, scan, server)}\n`);
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
