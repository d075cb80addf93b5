/**
 * What a worker does that hangs: nothing, and nobody can talk to it. A loop without end would do as well, but a thread in
 * one goes on after `terminate()` for as long as the process runs (denoland/deno#14003, #35657), and six of them took the
 * processor from every test behind.
 */
export function block(ms = 120_000): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
