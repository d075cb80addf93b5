/** The real program between a hostile upstream and a client under load, and what is left of it at the end. */
import { assertVerifies, type Box, fixture, openBox, poll, type Proxying, verify } from "../harness.ts";
import { type HttpPeer, startHttpPeer } from "../harness/http_peer.ts";
import { type LoadOptions, LoadSession } from "./load_session.ts";
import { type Sums, Tally } from "./tally.ts";
import { type Vitals, vitalsOf } from "./vitals.ts";

export interface ArenaOptions extends Pick<Proxying, "config" | "limits"> {
  /** A child process for each session, in place of the hostile server. */
  readonly stdio?: boolean;
  /** The one era that the hostile server speaks, where it is not both. */
  readonly era?: "legacy" | "modern";
}

/** What is left when everybody has gone. */
export interface Remains {
  readonly sums: Sums & { readonly lost: number };
  readonly before: Vitals | undefined;
  readonly after: Vitals | undefined;
  readonly exitCode: number;
  readonly ledger: string;
  readonly entries: number;
}

/** What the upstream counted on its side. */
export interface UpstreamCounts {
  readonly opened: number;
  readonly ended: number;
  readonly calls: number;
  readonly crossed: number;
  readonly stalled: number;
  readonly left: number;
  readonly cancelled: number;
  readonly open: number;
}

export class Arena {
  readonly box: Box;
  readonly tally: Tally = new Tally();
  readonly product: HttpPeer;
  readonly #upstream: HttpPeer | undefined;
  readonly #client: Deno.HttpClient = Deno.createHttpClient({ http2: false });
  readonly #before: Vitals | undefined;

  constructor(box: Box, product: HttpPeer, upstream: HttpPeer | undefined) {
    this.box = box;
    this.product = product;
    this.#upstream = upstream;
    this.#before = vitalsOf(product.pid);
  }

  static async open(options: ArenaOptions = {}): Promise<Arena> {
    const box = await openBox();
    try {
      const { stdio = false, era, config = "", limits = "" } = options;
      const proxying = { config, limits, flags: ["--listen", "127.0.0.1:0"] };
      if (stdio) {
        const launch = box.proxied(fixture("echo_upstream.ts"), proxying);
        return new Arena(box, await startHttpPeer(launch, "stderr"), undefined);
      }
      const upstream = await box.serve(fixture("../e2e/soak/hostile_server.ts"), era && { HOSTILE_ERA: era });
      const launch = box.bridged(upstream.url, proxying);
      return new Arena(box, await startHttpPeer(launch, "stderr"), upstream);
    } catch (error) {
      await box[Symbol.asyncDispose]();
      throw error;
    }
  }

  get load(): LoadOptions {
    return { url: this.product.url, client: this.#client, tally: this.tally };
  }

  session(): Promise<LoadSession> {
    return LoadSession.open(this.load);
  }

  /** Asked of the upstream itself, past the product. */
  async upstreamCounts(): Promise<UpstreamCounts> {
    const url = this.#upstream?.url;
    if (url === undefined) throw new Error("there is no server to ask");
    const message = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "counts", arguments: {} },
    };
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(message) });
    return JSON.parse((await answer.json()).result.content[0].text);
  }

  /** Ends the upstream, then the product, and says what is left. `whole`: every entry is looked at one by one, too. */
  async end({ whole = true }: { readonly whole?: boolean } = {}): Promise<Remains> {
    // Connections that are kept for the next request belong to nobody: they end with what they lead to.
    this.#client.close();
    await this.#upstream?.stop();
    const after = await this.#settled();
    const exitCode = await this.product.end("SIGTERM");
    await this.box.noneLeft();
    const { status, entries } = await verify(this.box);
    if (whole) await assertVerifies(this.box);
    const sums = { ...this.tally.sums, lost: this.tally.lost };
    return { sums, before: this.#before, after, exitCode, ledger: status, entries };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.box[Symbol.asyncDispose]();
  }

  /** Descriptors are given back in their own time: what counts is that they are. */
  async #settled(): Promise<Vitals | undefined> {
    const before = this.#before;
    if (before === undefined) return undefined;
    let last = vitalsOf(this.product.pid);
    const isBack = () => {
      last = vitalsOf(this.product.pid);
      return last === undefined || last.descriptors <= before.descriptors ? true : undefined;
    };
    await poll(isBack, { what: "descriptors to be given back", ms: 15_000 }).catch(() => {}); // the caller compares
    return last;
  }
}

/** Runs `work` for 0 … `count`-1, so many at once. */
export async function each(
  count: number,
  atOnce: number,
  work: (index: number) => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let index = next++; index < count; index = next++) await work(index);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane));
}
