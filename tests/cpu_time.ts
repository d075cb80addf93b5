/** For tests that compare work: the processor time of this process, which other processes on the machine do not add to. */
import process from "node:process";

/** Milliseconds of processor time that this process has used so far, in all of its threads. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
