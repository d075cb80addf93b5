// deno-lint-ignore-file countersign/named-where-allowed -- the bare parts are what is measured here, without our rooms
/** A process between two pipes that does nothing: HOPS workers in a row echo each chunk, DATABASE takes one commit a call. */
const [hops = "0", database = "-", program = "", ...args] = Deno.args;
const ECHO = "data:application/javascript,onmessage = (event) => postMessage(event.data)";

const workers = Array.from({ length: Number(hops) }, () => new Worker(ECHO, { type: "module" }));
const kv = database === "-" ? undefined : await Deno.openKv(database);
const entry = new Uint8Array(800);
const child = new Deno.Command(program, { args, stdin: "piped", stdout: "piped" }).spawn();
const toChild = child.stdin.getWriter();

function ask(worker: Worker, text: string): Promise<string> {
  return new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.postMessage(text);
  });
}

async function back(): Promise<void> {
  for await (const chunk of child.stdout) await Deno.stdout.write(chunk);
}

async function forth(): Promise<void> {
  const buffer = new Uint8Array(65_536);
  const decoder = new TextDecoder(), encoder = new TextEncoder();
  for (let n = 0;; n++) {
    const length = await Deno.stdin.read(buffer);
    if (length === null) break;
    let text = decoder.decode(buffer.subarray(0, length));
    for (const worker of workers) text = await ask(worker, text);
    await kv?.atomic().set(["entry", n], entry).set(["head"], n).commit();
    await toChild.write(encoder.encode(text));
  }
  await toChild.close();
}

await Promise.all([forth(), back()]);
Deno.exit((await child.status).code);
