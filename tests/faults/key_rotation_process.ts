/**
 * A process that rotates keys until it is killed: by itself, behind the step that the second argument names, or from
 * outside. Says each rotation that it knows of in a line. Started by key_rotation_test.ts.
 */
import { rotateSigningKey } from "../../lib/store/mod.ts";
import { PRINCIPAL } from "../ledger/support.ts";

const [folder = "", step = "", passphrase = ""] = Deno.args;

if (import.meta.main) {
  for (;;) {
    const { next } = await rotateSigningKey(folder, {
      principal: PRINCIPAL,
      env: () => passphrase,
      written: (path) => {
        if (path === step) Deno.kill(Deno.pid, "SIGKILL");
      },
    });
    Deno.stdout.writeSync(new TextEncoder().encode(`${next}\n`));
  }
}
