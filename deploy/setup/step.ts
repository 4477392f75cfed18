/** One thing that must be in place on a host. Steps are idempotent: a second run finds them done and takes no time. */
export interface SetupStep {
  /** Shown while it runs: "Debian packages: etcd-server, conntrack". */
  readonly title: string;
  /** What is missing; undefined where nothing is. Cheap. */
  missing(): Promise<string | undefined>;
  /** Puts it in place. Throws SetupError with what the person at the terminal can do. */
  install(report: (line: string) => void): Promise<void>;
}

/** A failure whose message is the whole of what to tell: one line, with what to do. */
export class SetupError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SetupError';
  }
}
