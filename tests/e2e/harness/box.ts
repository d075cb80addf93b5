/**
 * One test's own world: a temporary folder with a configuration and a ledger, and a mark that every process it starts
 * inherits. Leaving the box ends them all, whatever the test did, and removes the folder.
 */
import { main } from "../../../lib/cli/mod.ts";
import { type HttpPeer, startHttpPeer } from "./http_peer.ts";
import { type Launch, LineClient } from "./line_client.ts";
import { endAll, noneLeft, processesWith, type Running } from "./processes.ts";
import { isBinary, product, type ProductCommand } from "./product.ts";
import { type Finished, runOnce } from "./run_once.ts";

/** How the product stands in front of an upstream. */
export interface Proxying {
  /** A policy of the test's own, as TOML; else the bundled one that `bundled` names (`permissive`). */
  readonly policy?: string;
  readonly bundled?: string;
  /** Loads the policy again when its file changes. */
  readonly watch?: boolean;
  /** Lines for the `[limits]` table. */
  readonly limits?: string;
  /** Further tables of the configuration, such as `[guardrails]`. */
  readonly config?: string;
  /** Flags for `run`, before the `--`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of `deno run` instead of `-A`. */
  readonly permissions?: readonly string[];
}

/** What a process needs of the machine: its tools, its caches. Nothing else of the tester's environment gets in. */
const PASSED_ON = [
  "PATH",
  "HOME",
  "DENO_DIR",
  "TMPDIR",
  "LANG",
  "SystemRoot",
  "npm_config_cache",
  "NPM_CONFIG_REGISTRY",
];

export class Box {
  readonly folder: string;
  readonly mark: string;
  readonly #clients: LineClient[] = [];

  constructor(folder: string) {
    this.folder = folder;
    // Random, and not a count: tests that run beside each other share one process, and one mark must not begin another.
    this.mark = `countersign-e2e-${crypto.randomUUID()}`;
  }

  get configPath(): string {
    return `${this.folder}/countersign.toml`;
  }

  get ledgerPath(): string {
    return `${this.folder}/ledger`;
  }

  /** A path in the box. */
  path(name: string): string {
    return `${this.folder}/${name}`;
  }

  /** The environment of every process of this box. The user's own data folders are out of its reach. */
  env(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    const passed = PASSED_ON.flatMap((name) => {
      const value = Deno.env.get(name);
      return value === undefined ? [] : [[name, value]];
    });
    const own = { E2E_MARK: this.mark, XDG_DATA_HOME: this.path("data"), NO_COLOR: "1" };
    return { ...Object.fromEntries(passed), ...own, ...more };
  }

  /** The upstream without anything in front of it. */
  direct(upstream: ProductCommand, env: Readonly<Record<string, string>> = {}): Launch {
    return { ...upstream, env: this.env(env) };
  }

  /** The upstream behind the product. Writes the configuration; a second call with other settings replaces it. */
  proxied(upstream: ProductCommand, options: Proxying = {}): Launch {
    this.writeConfig(options);
    const { flags = [], permissions } = options;
    const args = ["run", "--config", this.configPath, ...flags, "--", upstream.command, ...upstream.args];
    return { ...product(args, permissions), env: this.env(options.env), cwd: this.folder };
  }

  /** The product in front of a server at `url`. Writes the configuration, as {@link proxied}. */
  bridged(url: URL, options: Proxying = {}): Launch {
    this.writeConfig(options);
    const { flags = [], permissions } = options;
    const args = ["run", "--config", this.configPath, ...flags, "--upstream-url", url.href];
    return { ...product(args, permissions), env: this.env(options.env), cwd: this.folder };
  }

  /** Starts a server over HTTP, and resolves once it listens. */
  serve(server: ProductCommand, env: Readonly<Record<string, string>> = {}): Promise<HttpPeer> {
    return startHttpPeer(this.direct(server, env));
  }

  writeConfig(options: Proxying = {}): void {
    const { policy, bundled = "permissive", limits = "", config = "", watch = false } = options;
    if (policy !== undefined) Deno.writeTextFileSync(this.path("policy.toml"), policy);
    const files = JSON.stringify([policy === undefined ? bundled : "policy.toml"]);
    const text =
      `version = 1\n[agent]\nid = "e2e"\n[policy]\nfiles = ${files}\n${
        watch ? "watch = true\n" : ""
      }[ledger]\npath = "ledger"\n` +
      `[limits]\n${limits}\n${config}\n`;
    Deno.writeTextFileSync(this.configPath, text);
  }

  /** Starts a process and speaks with it in lines. */
  start(launch: Launch): LineClient {
    const client = new LineClient(launch);
    this.#clients.push(client);
    return client;
  }

  /** Runs a command of the product to its end, with this box's configuration. */
  command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    return runOnce({ ...product(args), env: this.env(env), cwd: this.folder });
  }

  /**
   * A command that only reads, with this box's configuration: of the binary as a process, from source in this one, which
   * saves the start of a process for each look.
   */
  async look(args: readonly string[]): Promise<Finished> {
    if (isBinary()) return await this.command(args);
    const env = this.env();
    let stdout = "", stderr = "";
    const code = await main(args, {
      out: (text) => void (stdout += text),
      err: (text) => void (stderr += text),
      terminal: { out: false, err: false },
      env: (name) => env[name],
      cwd: () => this.folder,
    });
    return { code, stdout, stderr };
  }

  /** The processes of this box that run now. */
  processes(): Running[] {
    return processesWith(this.mark);
  }

  /** Resolves when none of this box's processes runs any more. */
  noneLeft(ms?: number): Promise<void> {
    return noneLeft(this.mark, ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    endAll(this.mark);
    for (const client of this.#clients) await client[Symbol.asyncDispose]();
    // A process may have started another one between our look and its end.
    endAll(this.mark);
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A box of its own for one test: `await using box = await openBox()`. */
export async function openBox(): Promise<Box> {
  const folder = await Deno.makeTempDir({ prefix: "countersign-e2e-" });
  return new Box(await Deno.realPath(folder));
}
