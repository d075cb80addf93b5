/** The upstream as a run sees it, whatever lies between: a child process, or a URL. */
import {
  type Exit,
  HttpUpstream,
  isInTheClear,
  LineWriter,
  startUpstream,
  type UpstreamAddress,
  type UpstreamCommand,
} from "../../transport/mod.ts";
import { type Frame, FrameReader } from "../../wire/mod.ts";

/** Where the upstream is. `headers` are SECRET. */
export type UpstreamPlace =
  | { readonly kind: "command"; readonly command: UpstreamCommand }
  | {
    readonly kind: "url";
    readonly address: UpstreamAddress;
    readonly headers: Readonly<Record<string, string>>;
  };

export interface UpstreamSide {
  /** Takes one line for the upstream; never waits. */
  write(line: string): void;
  /** As those of LineWriter. */
  room(): Promise<void>;
  answerRoom(): Promise<void>;
  flushed(): Promise<void>;
  /** Resolves when the upstream takes nothing any more. */
  readonly deaf: Promise<void>;
  /** What it sends, as it comes. ATTACKER-CONTROLLED. */
  frames(): AsyncIterable<readonly Frame[]>;
  /** What it writes to stderr, line by line. ATTACKER-CONTROLLED. */
  complaints(): AsyncIterable<string>;
  readonly exited: Promise<UpstreamExit>;
  /** Ends it. Resolves when it is gone. `graceMs`: in place of its own. */
  end(options?: { readonly graceMs: number }): Promise<UpstreamExit>;
}

/** As {@link Exit}; no code where the upstream is no process of ours. */
export type UpstreamExit = Omit<Exit, "code"> & { readonly code: number | undefined };

export interface SideOptions {
  readonly maxFrameBytes: number;
  readonly log: (line: string) => void;
}

/** Starts a command; makes no connection yet where it is a URL. Throws a Fault of code `upstream`. */
export function startSide(place: UpstreamPlace, options: SideOptions): UpstreamSide {
  return place.kind === "command" ? childSide(place.command, options) : httpSide(place, options);
}

function childSide(command: UpstreamCommand, { maxFrameBytes }: SideOptions): UpstreamSide {
  const child = startUpstream(command);
  const deaf = Promise.withResolvers<void>();
  const writer = new LineWriter(child.sink, () => deaf.resolve());
  return {
    write: (line) => writer.write(line),
    room: () => writer.room(),
    answerRoom: () => writer.answerRoom(),
    flushed: () => writer.flushed(),
    deaf: deaf.promise,
    frames: () => framesOf(child.chunks(), maxFrameBytes),
    complaints: () => child.complaints(),
    exited: child.exited,
    end: (end) => child.end(end),
  };
}

/** The frames in a stream of bytes, as many at once as a chunk ends. */
export async function* framesOf(
  chunks: AsyncIterable<Uint8Array>,
  maxFrameBytes: number,
): AsyncGenerator<readonly Frame[]> {
  const reader = new FrameReader({ maxFrameBytes });
  for await (const chunk of chunks) yield reader.push(chunk);
  yield reader.end();
}

/** An upstream that is not ours to end is gone when we have let go of it. */
function httpSide(
  { address, headers }: UpstreamPlace & { kind: "url" },
  { maxFrameBytes, log }: SideOptions,
): UpstreamSide {
  if (isInTheClear(address)) {
    log(`what is sent to ${address.origin} is not encrypted: others on the way can read and change it`);
  }
  const link = new HttpUpstream({ address, headers, maxFrameBytes, log });
  const exited = Promise.withResolvers<UpstreamExit>();
  return {
    write: (line) => link.write(line),
    room: () => link.room(),
    answerRoom: () => link.answerRoom(),
    flushed: () => link.flushed(),
    deaf: new Promise(() => {}),
    frames: () => link.frames(),
    complaints: async function* () {},
    exited: exited.promise,
    async end(options) {
      await link.end(options && { patienceMs: options.graceMs });
      exited.resolve({ code: undefined, forced: false });
      return exited.promise;
    },
  };
}
