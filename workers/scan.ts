/**
 * The scan worker: what is in it? Holds no permission at all.
 *
 * Input: texts are ATTACKER-CONTROLLED. Thread: its own. Imports: channel, scan.
 */
import { Fault } from "../lib/base/mod.ts";
import { serve } from "../lib/channel/mod.ts";
import { createScanner, type Inspection, type Scanner, type ScanOptions } from "../lib/scan/mod.ts";

let scanner: Scanner | undefined;

serve({
  configure(options: ScanOptions) {
    const created = createScanner(options);
    if (!created.ok) throw new Fault("config", `Cannot set up the scanner: ${created.error}`);
    scanner = created.value;
  },
  inspect(inspection: Inspection) {
    if (scanner === undefined) throw new Fault("internal", "Cannot inspect: the scanner is not set up");
    return scanner.inspect(inspection);
  },
});
