/**
 * Runs `jobs`, so many at a time, and hands their outcomes over in the order of the jobs. The suite waits by the second for
 * what a server sends; on a machine with more to do than it has processors such waits end too early.
 */
export async function pooled<T>(jobs: readonly (() => Promise<T>)[], atOnce: number): Promise<T[]> {
  const outcomes: T[] = [];
  const waiting = [...jobs.entries()];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, job] = next;
      outcomes[index] = await job();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return outcomes;
}
