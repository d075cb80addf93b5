import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Fault, type FaultCode } from "../../lib/base/mod.ts";
import type { Io } from "../../lib/cli/mod.ts";
import { main, reportThrown } from "../../lib/cli/main.ts";

// Literals on purpose: other programs rely on the exit codes.
const EXIT_CODES: Readonly<Record<FaultCode, number>> = {
  usage: 2,
  config: 2,
  io: 3,
  ledger: 3,
  key: 3,
  worker: 3,
  upstream: 2,
  internal: 3,
};
for (const [code, exit] of Object.entries(EXIT_CODES)) {
  Deno.test(`a fault of kind ${code} ends with exit code ${exit}`, () => {
    const { io, said } = listeningIo();
    assertEquals(reportThrown(new Fault(code as FaultCode, "Cannot do x: y"), io), exit);
    assertEquals(said(), "error: cannot do x: y\n");
  });
}

Deno.test("a fault's hint stands in a line of its own", () => {
  const { io, said } = listeningIo();
  reportThrown(new Fault("usage", "Cannot do x: y", { hint: "do z" }), io);
  assertEquals(said(), "error: cannot do x: y\nhint: do z\n");
});

Deno.test("an error that nobody foresaw ends with 3 and does not show its message, which may quote a secret", () => {
  const { io, said } = listeningIo();
  assertEquals(reportThrown(new SyntaxError("Unexpected token in hunter2"), io), 3);
  assertStringIncludes(said(), "error: cannot go on: internal error: SyntaxError");
  assert(!said().includes("hunter2"));
});

Deno.test("with COUNTERSIGN_DEBUG=1 the whole error is shown", () => {
  const { io, said } = listeningIo({ COUNTERSIGN_DEBUG: "1" });
  reportThrown(new TypeError("x is not a function"), io);
  assertStringIncludes(said(), "x is not a function");
});

Deno.test("an error of the system is shown, as it names a path and a cause", () => {
  const { io, said } = listeningIo();
  assertEquals(reportThrown(new Deno.errors.PermissionDenied("Permission denied: open '/x'"), io), 3);
  assertStringIncludes(said(), "error: cannot go on: Permission denied: open '/x'");
});

Deno.test("something thrown that is no error ends with 3", () => {
  const { io, said } = listeningIo();
  assertEquals(reportThrown("hunter2", io), 3);
  assert(!said().includes("hunter2"));
});

Deno.test("main() never throws, even where the output fails", async () => {
  const { io } = listeningIo();
  const failing: Io = {
    ...io,
    out: () => {
      throw new TypeError("no output");
    },
  };
  assertEquals(await main(["version"], failing), 3);
});

function listeningIo(env: Readonly<Record<string, string>> = {}): { io: Io; said: () => string } {
  let text = "";
  const io: Io = {
    out: (more) => void (text += more),
    err: (more) => void (text += more),
    terminal: { out: false, err: false },
    env: (name) => env[name],
    cwd: () => "/",
  };
  return { io, said: () => text };
}
