import type { JsonObject } from "../base/mod.ts";
import type { Server } from "./server.ts";

/** What the client of the legacy era said once, and every server has to hear: also one that is started anew. */
export class ClientSide {
  /** The params of its `initialize`; absent: it did not shake hands, or is of the modern era. */
  hello: JsonObject | undefined;
  /** What its `initialize` was answered with. */
  revision: string | undefined;
  /** Capabilities that were announced to it. */
  announced: ReadonlySet<string> = new Set();
  /** Did it say that it has initialised? */
  isInitialized = false;
  /** The params of its newest `logging/setLevel`. */
  logLevel: JsonObject | undefined;
  /** By URI: whose resource it subscribed to, and with which params. */
  readonly subscribed = new Map<string, { readonly server: Server; readonly params: JsonObject }>();
}
