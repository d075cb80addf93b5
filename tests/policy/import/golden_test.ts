import { renderDiagnostics } from "../../../lib/diagnostic/mod.ts";
import { importPolicy } from "../../../lib/policy/mod.ts";
import { DETECTORS, SCAN_DETECTOR_IDS } from "../../../lib/scan/mod.ts";
import { testGoldens } from "../../diagnostic/_goldens.ts";

const FLOOR = DETECTORS.filter(({ floor }) => floor).map(({ id }) => id);

testGoldens("import", async (file, text) => {
  const imported = await importPolicy({ file, text, detectors: SCAN_DETECTOR_IDS, floor: FLOOR });
  if (!imported.ok) return renderDiagnostics(imported.error, { sources: new Map([[file, text]]) });
  const { kind, toml, config = "", notes } = imported.value;
  const said = notes.map(({ line, path, kind, message }) => `${line}: ${kind}: ${path}: ${message}\n`).join(
    "",
  );
  return `--- ${kind}\n${toml}--- countersign.toml\n${config}--- notes\n${said}`;
});
