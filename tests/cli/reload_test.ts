/** Reloading with scripted parts: what is in force, what is written first, and what happens where a step fails. */
import { assertEquals, assertMatch } from "@std/assert";
import { Fault } from "../../lib/base/mod.ts";
import { BadPolicy } from "../../lib/cli/run/policy_worker.ts";
import { Reloader } from "../../lib/cli/run/reload.ts";
import type { LoadedPolicy, PolicySource } from "../../lib/policy/mod.ts";

function source(text: string): PolicySource {
  return { name: "p", file: "/p.toml", format: "toml", text };
}

/** The digest of a policy is its text. */
function loaded(text: string): LoadedPolicy {
  return { digest: text, name: "p", warnings: [], hidesTools: false };
}

interface Script {
  read?(): string;
  prepare?(): void | Promise<void>;
  write?(): void;
  adopt?(): void;
  readonly files?: readonly string[];
}

class Stage {
  text = "old";
  inForce = loaded("old");
  readonly steps: string[] = [];
  readonly log: string[] = [];
  readonly reloader: Reloader;

  constructor(script: Script = {}) {
    const read = () => [source(script.read?.() ?? this.text)];
    const place = {
      read: () => {
        this.steps.push("read");
        return read();
      },
      files: script.files ?? ["/p.toml"],
      complain: () => new Fault("config", "Cannot load the policy: it has 1 error, shown above"),
    };
    const policy = {
      prepare: async ([first]: readonly PolicySource[]) => {
        this.steps.push("prepare");
        await script.prepare?.();
        return loaded(first?.text ?? "");
      },
      adopt: (_: unknown, next: LoadedPolicy) => {
        this.steps.push("adopt");
        script.adopt?.();
        this.inForce = next;
        return Promise.resolve();
      },
    };
    const inForce = () => this.inForce;
    const workers = {
      policy: Object.defineProperty(policy, "inForce", { get: inForce }) as typeof policy & {
        inForce: LoadedPolicy;
      },
      ledger: {
        write: () => {
          this.steps.push("write");
          script.write?.();
          return Promise.resolve({ ref: { seq: 7, hash: "" } });
        },
      },
      policyChanged: () => void this.steps.push("restarts with it"),
    };
    this.reloader = new Reloader({ place, workers, log: (line) => void this.log.push(line) }, [
      source("old"),
    ]);
  }
}

Deno.test("a reload writes the change down before the policy is adopted", async () => {
  const stage = new Stage();
  stage.text = "new";
  stage.reloader.asked();
  await stage.reloader.idle();
  assertEquals(stage.steps, ["read", "prepare", "write", "restarts with it", "adopt"]);
  assertEquals([stage.inForce.digest, stage.log], ["new", ["policy reloaded: p new… (entry 7)"]]);
});

interface FailureRow {
  readonly name: string;
  readonly script: Script;
  readonly steps: readonly string[];
  readonly says: RegExp;
}

const refuse = (fault: Fault) => () => {
  throw fault;
};

const FAILURES: readonly FailureRow[] = [
  {
    name: "the file cannot be read",
    script: { read: refuse(new Fault("config", 'Cannot read the policy: there is no file "/p.toml"')) },
    steps: ["read"],
    says: /NOT reloaded: Cannot read the policy: there is no file "\/p.toml"; still in force is p old/,
  },
  {
    name: "the policy has errors",
    script: { read: () => "new", prepare: refuse(new BadPolicy([])) },
    steps: ["read", "prepare"],
    says: /NOT reloaded: .*1 error, shown above/,
  },
  {
    name: "the worker gives no answer",
    script: {
      read: () => "new",
      prepare: refuse(new Fault("worker", "Cannot ask the policy worker: it died")),
    },
    steps: ["read", "prepare"],
    says: /NOT reloaded: .*it died/,
  },
  {
    name: "the ledger cannot write",
    script: { read: () => "new", write: refuse(new Fault("ledger", "Cannot write: locked")) },
    steps: ["read", "prepare", "write"],
    says: /NOT reloaded: Cannot write: locked; still in force is p old/,
  },
];

for (const { name, script, steps, says } of FAILURES) {
  Deno.test(`the policy in force stays, and that is said, where ${name}`, async () => {
    const stage = new Stage(script);
    stage.reloader.asked();
    await stage.reloader.idle();
    assertEquals([stage.steps, stage.inForce.digest], [steps, "old"]);
    assertMatch(stage.log.join("\n"), says);
  });
}

Deno.test("whoever asks is told that nothing changed; a file that was only touched is no news", async () => {
  const stage = new Stage();
  stage.reloader.filesChanged();
  await stage.reloader.idle();
  assertEquals([stage.steps, stage.log], [["read"], []]);
  stage.reloader.asked();
  await stage.reloader.idle();
  assertEquals(stage.log, ["policy unchanged: p old…"]);
});

Deno.test("what failed for another reason than the file is tried again when the same file is written again", async () => {
  let away = true;
  const stage = new Stage({
    write: () => {
      if (away) throw new Fault("ledger", "Cannot write: locked");
    },
  });
  stage.text = "new";
  stage.reloader.filesChanged();
  await stage.reloader.idle();
  assertEquals(stage.inForce.digest, "old");
  away = false;
  stage.reloader.filesChanged();
  await stage.reloader.idle();
  assertEquals(stage.inForce.digest, "new");
});

Deno.test("under bundled policies alone there is nothing to read again", async () => {
  const stage = new Stage({ files: [] });
  stage.reloader.asked();
  await stage.reloader.idle();
  assertEquals(stage.steps, ["read"]);
  assertMatch(stage.log.join(), /bundled/);
});

Deno.test("two reloads never run at once; what is asked for meanwhile comes after, once", async () => {
  const gate = Promise.withResolvers<void>();
  let running = 0, most = 0;
  const stage = new Stage({
    prepare: async () => {
      most = Math.max(most, ++running);
      await gate.promise;
      running--;
    },
  });
  stage.text = "new";
  for (let n = 0; n < 10; n++) stage.reloader.asked();
  stage.text = "newer";
  gate.resolve();
  await stage.reloader.idle();
  await stage.reloader.idle();
  assertEquals([most, stage.inForce.digest], [1, "newer"]);
  assertEquals(stage.steps.filter((step) => step === "prepare").length, 2);
});
