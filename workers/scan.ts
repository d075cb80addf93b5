/**
 * The scan worker: what is in it? Holds no permission at all.
 *
 * Input: texts are ATTACKER-CONTROLLED. Thread: its own. Imports: channel, scan, schema.
 */
import { Fault } from "../lib/base/mod.ts";
import { serve } from "../lib/channel/mod.ts";
import { createScanner, loadScanner, warmUp } from "../lib/scan/mod.ts";
import type { Inspection, Scanner, ScanOptions } from "../lib/scan/mod.ts";
import { fitsSchemas, type SchemaQuestion } from "../lib/schema/mod.ts";

let scanner: Scanner | Promise<Scanner> | undefined;

serve({
  async configure(options: ScanOptions) {
    // At once where nothing has to be loaded: questions may follow in the same batch.
    const { detectors = [], injection } = options;
    const plain = detectors.length + (injection?.extraPatterns ?? []).length === 0;
    scanner = plain ? made(createScanner(options)) : loadScanner(options).then(made);
    warmUp(await scanner, setTimeout);
  },
  inspect(inspection: Inspection) {
    if (scanner === undefined) throw new Fault("internal", "Cannot inspect: the scanner is not set up");
    return scanner instanceof Promise
      ? scanner.then((loaded) => loaded.inspect(inspection))
      : scanner.inspect(inspection);
  },
  fits: (question: SchemaQuestion) => fitsSchemas(question),
});

function made(created: ReturnType<typeof createScanner>): Scanner {
  if (!created.ok) throw new Fault("config", `Cannot set up the scanner: ${created.error}`);
  return created.value;
}
