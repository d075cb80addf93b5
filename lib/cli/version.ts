import { expectWords } from "./args.ts";
import { type Command, EXIT } from "./command.ts";
import { buildKind, VERSION } from "./build_kind.ts";

export const command: Command = {
  name: "version",
  summary: "print the version",
  usage: "[--json]",
  flags: [{ name: "json", kind: "boolean", help: "as one JSON object" }],
  example: `countersign version
countersign ${VERSION} (binary, Deno 2.9.6, V8 15.0.245.2, x86_64-unknown-linux-gnu)`,
  run(args, io) {
    expectWords(args, command, { most: 0 });
    const { deno, v8 } = Deno.version;
    const facts = { version: VERSION, build: buildKind(), deno, v8, target: Deno.build.target };
    io.out(
      args.has("json")
        ? `${JSON.stringify(facts)}\n`
        : `countersign ${VERSION} (${facts.build}, Deno ${deno}, V8 ${v8}, ${facts.target})\n`,
    );
    return Promise.resolve(EXIT.done);
  },
};
