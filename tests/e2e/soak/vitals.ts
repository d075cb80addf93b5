/** What a process holds, as the system tells it (Linux). Elsewhere nothing is known, and nothing is compared. */
export interface Vitals {
  readonly rssMb: number;
  /** Open descriptors, and the sockets among them. */
  readonly descriptors: number;
  readonly sockets: number;
}

const MB = 1024;

/** Undefined where the system does not tell, or the process is gone. */
export function vitalsOf(pid: number): Vitals | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const kb = Number(/VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))?.[1] ?? 0);
    const names = [...Deno.readDirSync(`/proc/${pid}/fd`)];
    const links = names.map(({ name }) => linkOf(pid, name)).filter((link) => link !== "");
    const sockets = links.filter((link) => link.startsWith("socket:")).length;
    return { rssMb: Math.round(kb / MB), descriptors: links.length, sockets };
  } catch {
    return undefined;
  }
}

function linkOf(pid: number, name: string): string {
  try {
    return Deno.readLinkSync(`/proc/${pid}/fd/${name}`);
  } catch {
    return ""; // closed while we looked
  }
}

/** Memory over the course of some work: a point each time that it is asked for one. */
export class MemoryCurve {
  readonly points: { readonly done: number; readonly rssMb: number }[] = [];

  note(pid: number, done: number): void {
    const vitals = vitalsOf(pid);
    if (vitals !== undefined) this.points.push({ done, rssMb: vitals.rssMb });
  }

  /** The mean of the points between two parts of the work, 0 to 1. */
  mean(from: number, to: number): number {
    const all = this.points.at(-1)?.done ?? 0;
    const within = this.points.filter(({ done }) => done >= from * all && done <= to * all);
    return within.reduce((sum, { rssMb }) => sum + rssMb, 0) / Math.max(1, within.length);
  }
}
