import { PACK } from "./names.ts";
import type { Pack } from "./pack_read.ts";
import { Sha256 } from "./hashing.ts";
import { type Problem, problem } from "./report.ts";

/** Is each file the one that the manifest names, and none missing or more? */
export async function checkFiles(
  { files, manifest }: Pick<Pack, "files" | "manifest">,
): Promise<Problem | undefined> {
  const named = manifest.digests;
  for (const name of files.sizes.keys()) {
    if (name !== PACK.manifest && !named.has(name)) {
      return fileProblem("a file of the pack is not in its manifest");
    }
  }
  for (const [name, digest] of named) {
    if (!files.sizes.has(name)) return fileProblem("a file that the manifest names is missing");
    const hash = new Sha256();
    for await (const piece of files.read(name)) hash.update(piece);
    // INVARIANT: a name that the pack has is one of a pack (readPack).
    if (hash.finish() !== digest) return fileProblem(`${name} is not the file that the manifest names`);
  }
  return undefined;
}

function fileProblem(detail: string): Problem {
  return problem("broken", { seq: 0, check: "file", detail });
}
