/**
 * transport: bytes in and out of this process: our own stdin and stdout, and the upstream as a child process.
 *
 * Input: every byte read is ATTACKER-CONTROLLED; nothing here looks into it.
 * Thread: main. Imports: base, wire.
 */
export {
  type ChildEnvironment,
  childEnvironment,
  KEY_PASSPHRASE_VARIABLE,
  ownEnvironment,
  SAFE_VARIABLES,
} from "./environment.ts";
export { checkProgram } from "./find_program.ts";
export { isInTheClear, type UpstreamAddress, upstreamAddress } from "./http/address.ts";
export { HttpUpstream, type HttpUpstreamOptions } from "./http/upstream_link.ts";
export { type HttpReply, type HttpRequest, type HttpServer, listenHttp } from "./http_listen.ts";
export { LineWriter, type Sink } from "./line_writer.ts";
export { clientChunks, clientSink } from "./stdio.ts";
export { type Exit, startUpstream, type Upstream, type UpstreamCommand } from "./upstream.ts";
