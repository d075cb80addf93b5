/**
 * `deno bench -A tests/bench/scan_bench.ts`: what a look at a message costs. The bar: 10 KB under 0.5 ms, 1 MiB under
 * 40 ms, whatever is in it.
 */
import { createScanner } from "../../lib/scan/mod.ts";
import type { Direction } from "../../lib/verdict/mod.ts";
import { HOSTILE } from "../scan/_hostile.ts";
import { HOSTILE_VIEWS } from "../scan/_hostile_views.ts";

const MIB = 1024 * 1024;
const made = createScanner({ overrides: [] });
if (!made.ok) throw new Error(made.error);
const scanner = made.value;

function inspect(text: string, direction: Direction): void {
  scanner.inspect({ text, direction, server: "files", tool: "write_file", method: "tools/call" });
}

const SMALL: Readonly<Record<string, unknown>> = {
  "200 bytes, nothing in it": {
    name: "write_file",
    arguments: {
      path: "/home/alice/project/src/index.ts",
      content: "export const x = 1;\nimport { a } from './b';\n",
    },
  },
  "200 bytes, keywords and digits": {
    name: "write_file",
    arguments: {
      path: "/home/alice/x",
      content: "20261120 the api and password reset of postgres",
      id: 1731234567890,
    },
  },
  "200 bytes, three findings": {
    name: "write_file",
    arguments: { content: "AKIAIOSFODNN7EXAMPLE 4111 1111 1111 1111 password=hunter2hunter2" },
  },
};

for (const [name, value] of Object.entries(SMALL)) {
  const text = JSON.stringify(value).padEnd(200);
  Deno.bench({ name: `${name}, out`, group: "small", fn: () => inspect(text, "to-upstream") });
  Deno.bench({ name: `${name}, back`, group: "small", fn: () => inspect(text, "to-client") });
}

const TEN_KB = 10 * 1024;
const CARD = "4111 1111 1111 1111";
const LINES = "const apiPath = '/v1/users';\n\tif (x) return 12345;\n".repeat(40);
const ORDINARY: Readonly<Record<string, string>> = {
  "prose": HOSTILE["prose"]?.(TEN_KB) ?? "",
  "source code": HOSTILE["source code"]?.(TEN_KB) ?? "",
  "source code with five cards": JSON.stringify({ text: `${LINES}// ${CARD}\n`.repeat(5) }),
};
for (const [name, text] of Object.entries(ORDINARY)) {
  Deno.bench({ name: `10 KB of ${name}`, group: "ordinary", fn: () => inspect(text, "to-client") });
}

/** What the issue names, at the size that it names. */
const NAMED: Readonly<Record<string, string>> = {
  "108 KB of PEM headers": HOSTILE["headers of private keys"]?.(108 * 1024) ?? "",
  "8,000 social-security numbers": JSON.stringify({ t: "078-05-1120 ".repeat(8000) }),
  "8,000 social-security numbers in a list": JSON.stringify(Array(8000).fill("078-05-1120")),
  "1 MiB of digits": HOSTILE["digits"]?.(MIB) ?? "",
  "1 MiB of base64": HOSTILE["base64"]?.(MIB) ?? "",
  "1 MiB of nested JSON strings": HOSTILE_VIEWS["JSON three strings deep"]?.(MIB) ?? "",
  "1 MiB of characters of no width": HOSTILE_VIEWS["characters of no width"]?.(MIB) ?? "",
};
for (const [name, text] of Object.entries(NAMED)) {
  const options = { group: "named", n: 12, warmup: 4 };
  Deno.bench({ ...options, name: `${name}, out`, fn: () => inspect(text, "to-upstream") });
  Deno.bench({ ...options, name: `${name}, back`, fn: () => inspect(text, "to-client") });
}

for (const [name, make] of Object.entries({ ...HOSTILE, ...HOSTILE_VIEWS })) {
  const text = make(MIB);
  const options = { group: name, n: 12, warmup: 4 };
  Deno.bench({ ...options, name: `1 MiB, out: ${name}`, fn: () => inspect(text, "to-upstream") });
  Deno.bench({ ...options, name: `1 MiB, back: ${name}`, fn: () => inspect(text, "to-client") });
}
