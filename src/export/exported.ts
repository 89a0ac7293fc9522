/** What an export is: files as values. A writer turns them into text. */

/** One YAML document, and the comments that stand above it and above keys of it. */
export interface ExportedDocument {
  readonly head: string;
  readonly value: unknown;
  /** By the path to a key: `spec.replicas`, with the index of a list's entry as a step. */
  readonly comments?: Readonly<Record<string, string>>;
  /** Documents that stand as text under a key of this one, by its path. */
  readonly texts?: Readonly<Record<string, ExportedDocument>>;
}

/** A file of an export; `text` where it is no YAML. */
export type ExportedFile = { readonly path: string } & (
  | { readonly documents: readonly ExportedDocument[] }
  | { readonly text: string }
);

export interface Exported {
  readonly files: readonly ExportedFile[];
  /** One line for each thing that the target cannot say, or that somebody has to see to. */
  readonly warnings: readonly string[];
}
