import type { Cosigned } from "./cosign.ts";

/** What became of each witness, and whether they are enough: a line each, without newline. */
export function sayCosigned({ size, quorum, results }: Cosigned): readonly string[] {
  return [
    ...results.map((result) =>
      result.cosigned
        ? `witness ${result.witness} cosigned the checkpoint of ${size} entries`
        : `witness ${result.witness} did not cosign: ${result.why}`
    ),
    ...quorum.met ? [] : ["the checkpoint has not the cosignatures that the policy asks for"],
  ];
}
