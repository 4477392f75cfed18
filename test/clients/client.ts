/** What every client library is put through; each program takes the name of one on its command line. */
export const checks = {
  crud: 'creates, reads, replaces, lists and deletes, and tells conflicts and absence apart',
  patch: 'patches in every way, server-side apply and its conflicts among them',
  watch: 'misses nothing when the connection is cut in the middle of a watch',
  expired: 'is told that the version it would watch from is too old, and goes on from a new list',
  informer: 'keeps an informer in step over a restart of the API server',
  exec: 'runs a command in a pod, with input, both outputs and an exit code',
} as const;
export type Check = keyof typeof checks;

/** A client library of some language, and the program that puts it through the checks. */
export interface ProgramClient {
  readonly name: string;
  /** What is missing on this machine to run it; undefined where nothing is. */
  missing(): string | undefined;
  /**
   * Installs what the program needs, at pinned versions, below `folder`, which is kept for the next run.
   * @returns the command line that runs the program; a check's name goes behind it
   */
  prepare(folder: string): Promise<readonly string[]>;
  readonly env?: Readonly<Record<string, string>>;
  /** Checks that the library has nothing for, with the reason. */
  readonly lacks?: Partial<Readonly<Record<Check, string>>>;
}
