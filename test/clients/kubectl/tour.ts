/** What a tour needs: an API server with the controllers, or a whole cluster with pods that run. */
export type Stage = 'api-server' | 'cluster';

export interface StepOptions {
  /** What `kubectl` must end with; 0 by default. */
  readonly code?: number;
  /** The first and the last minor release of kubectl that has this. */
  readonly since?: number;
  readonly until?: number;
  /** What k8ts lacks for it: such a step is skipped, with this reason. */
  readonly gap?: string;
  /** Asked again until it holds, for what a controller or the kubelet does in its own time. */
  readonly eventually?: true;
}

/** A line for the shell, and what its output (standard output, then standard error) must be like. */
export type Step = readonly [command: string, output: RegExp, options?: StepOptions];

/**
 * Steps in order, the later standing on the earlier. They run in a namespace of their own, which is the kubeconfig's
 * default and is `$NS` on the command line, and in a folder of their own with `files` in it.
 */
export interface Tour {
  readonly name: string;
  readonly needs: Stage;
  /** Part of `npm test`, where it needs an API server only. */
  readonly isShort?: true;
  readonly files?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}
