/** What an importer is told beside the document. */
export interface ImportContext {
  /** The layer's name where the document has none. */
  readonly name: (own: string | undefined) => string;
  readonly detectors: readonly string[] | undefined;
  readonly floor: readonly string[];
}
