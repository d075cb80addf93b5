/** Who may call over HTTP: tokens, the bearer of this install, and what a caller is known by. */
import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { Fault, manualClock } from "../../lib/base/mod.ts";
import { Callers } from "../../lib/cli/run/listen/callers.ts";
import { localBearer } from "../../lib/cli/run/listen/local_bearer.ts";
import { endpoint, listenSettings } from "../../lib/cli/run/listen/settings.ts";

const CONFIGURED = { id: "configured", verified: false, roles: [] };
const LISTEN = { allowedHosts: [], allowedOrigins: [], legacySse: false };

function callers(over: Partial<ConstructorParameters<typeof Callers>[0]> = {}): Callers {
  return new Callers({
    config: { required: false },
    anonymous: { required: false, principal: () => CONFIGURED },
    configured: CONFIGURED,
    bearerNeeded: false,
    clock: manualClock(1_790_000_000_000_000),
    ...over,
  });
}

async function statusOf(who: Callers, bearer: string | undefined): Promise<string> {
  const answer = await who.authenticate({ bearer });
  return answer.kind === "caller" ? answer.caller.key : `${answer.status} ${answer.challenge}`;
}

const NO_BEARER = '401 Bearer realm="countersign"';
const BAD_BEARER = `${NO_BEARER}, error="invalid_token"`;

Deno.test("without anything configured everybody on this machine is the configured agent; a bearer is checked", async () => {
  assertEquals(await statusOf(callers(), undefined), "anonymous");
  assertEquals(await statusOf(callers(), "some token"), BAD_BEARER);
});

Deno.test("where a bearer is needed, that of this install opens the door, and nothing that is near it", async () => {
  const local = "cs_abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
  const who = callers({ bearerNeeded: true, local });
  assertEquals(await statusOf(who, undefined), NO_BEARER);
  assertEquals(await statusOf(who, local), "anonymous");
  for (const near of ["", local.slice(0, -1), `${local} `, local.toUpperCase(), "x".repeat(100_000)]) {
    assertEquals(await statusOf(who, near), BAD_BEARER);
  }
});

Deno.test("where tokens are required, nobody calls without one", async () => {
  assertEquals(await statusOf(callers({ config: { required: true } }), undefined), NO_BEARER);
});

Deno.test("the bearer of this install is made once, by whoever is first, and only its owner reads it", async () => {
  const folder = await Deno.makeTempDir({ prefix: "countersign-bearer-" });
  try {
    const made = await Promise.all([1, 2, 3].map(() => localBearer(folder)));
    assertEquals(new Set(made.map(({ value }) => value)).size, 1);
    const { path, value } = await localBearer(folder);
    assertEquals(value, made[0]?.value);
    assertEquals(value.length, 46);
    assertEquals([...Deno.readDirSync(folder)].length, 1, "nothing else is left");
    if (Deno.build.os === "windows") return;
    assertEquals((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    Deno.chmodSync(path, 0o644);
    await assertRejects(() => localBearer(folder), Fault, "Cannot listen");
    Deno.chmodSync(path, 0o600);
    Deno.writeTextFileSync(path, "password\n");
    await assertRejects(() => localBearer(folder), Fault, "does not hold a bearer that we made");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the address of the flag comes before the configured one, and says whether others can call", () => {
  const configured = { ...LISTEN, address: { hostname: "127.0.0.1", port: 1 } };
  assertEquals(listenSettings(LISTEN, undefined), undefined);
  assertEquals(listenSettings(configured, undefined)?.address.port, 1);
  const told = (flag: string) => {
    const settings = listenSettings(configured, flag);
    return settings && [settings.isOpen, endpoint(settings, 8080)];
  };
  assertEquals(told("0.0.0.0:80"), [true, "http://0.0.0.0:8080/mcp"]);
  assertEquals(told("[::1]:0"), [false, "http://[::1]:8080/mcp"]);
  assertNotEquals(listenSettings(LISTEN, "10.0.0.1:80")?.isOpen, false);
});
