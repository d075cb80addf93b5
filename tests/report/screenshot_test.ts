/**
 * The report as people see it: pictures of the demo ledger's page, in dist/report/, wherever there is a Chromium. On a
 * machine without one this is left out; the page's structure is tested by page_test.ts everywhere. CI needs one package:
 * `apt-get install chromium`, or a path in CHROMIUM.
 */
import { assert, assertEquals } from "@std/assert";
import { runStep } from "../cli/script.ts";
import { writeDemoLedger } from "./demo_ledger.ts";

const ARTIFACTS = new URL("../../dist/report/", import.meta.url).pathname;
const NAMES = [
  "chromium",
  "chromium-browser",
  "google-chrome",
  "google-chrome-stable",
  "chrome-headless-shell",
];

const chromium = findChromium();

function findChromium(): string | undefined {
  const named = Deno.env.get("CHROMIUM");
  if (named !== undefined) return named;
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return folders.flatMap((folder) => NAMES.map((name) => `${folder}/${name}`)).find(isFile);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

interface Shot {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly dark?: boolean;
}

// Chromium makes no window narrower than 500 pixels, and no phone is meant to be wider.
const SHOTS: readonly Shot[] = [
  { name: "desktop", width: 1180, height: 1500 },
  { name: "dark", width: 1180, height: 1500, dark: true },
  { name: "phone", width: 500, height: 1600 },
];

Deno.test({
  name: "the report of the demo ledger: pictures for people to look at",
  ignore: chromium === undefined,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "countersign-report-" });
    try {
      await writeDemoLedger(`${folder}/ledger`);
      const { exit } = await runStep({ argv: ["report", "--ledger", "ledger", "-o", "report.html"] }, folder);
      assertEquals(exit, 0);
      await Deno.mkdir(ARTIFACTS, { recursive: true });
      await Deno.copyFile(`${folder}/report.html`, `${ARTIFACTS}report.html`);
      for (const shot of SHOTS) await picture(`${folder}/report.html`, shot, folder);
      await browse([
        `--print-to-pdf=${ARTIFACTS}report.pdf`,
        "--no-pdf-header-footer",
        `file://${folder}/report.html`,
      ], folder);
      assertEquals(
        new TextDecoder().decode((await Deno.readFile(`${ARTIFACTS}report.pdf`)).slice(0, 5)),
        "%PDF-",
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  // A session of the demo stays open, as one that runs would.
  sanitizeResources: false,
  sanitizeOps: false,
});

async function picture(
  page: string,
  { name, width, height, dark = false }: Shot,
  folder: string,
): Promise<void> {
  const path = `${ARTIFACTS}${name}.png`;
  await browse([
    `--window-size=${width},${height}`,
    ...(dark ? ["--force-dark-mode", "--blink-settings=preferredColorScheme=0"] : []),
    `--screenshot=${path}`,
    `file://${page}`,
  ], folder);
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  assertEquals([view.getUint32(16), view.getUint32(20)], [width, height], name);
  assert(bytes.length > 20_000, `${name}: a picture of something has more than ${bytes.length} bytes`);
}

async function browse(words: readonly string[], folder: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(chromium ?? "", {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--hide-scrollbars",
      `--user-data-dir=${folder}/profile`,
      ...words,
    ],
    stdout: "null",
    stderr: "piped",
  }).output();
  assert(success, new TextDecoder().decode(stderr));
}
