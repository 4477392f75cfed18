import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { ContainerRuntime, ExecOptions } from '../runtime/container-runtime.ts';

/** A request that asks for another protocol, its connection, and what came behind it already. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/**
 * Carries exec, attach and port-forward over upgraded connections. Requests that come here are authorised, and name a
 * container that runs. Each resolves when the session is over, and ends early when the signal aborts.
 */
export interface StreamingHandlers {
  exec(upgrade: UpgradeRequest, target: ContainerTarget, options: ExecOptions, signal: AbortSignal): Promise<void>;
  attach(
    upgrade: UpgradeRequest,
    target: ContainerTarget,
    options: Omit<ExecOptions, 'command'>,
    signal: AbortSignal,
  ): Promise<void>;
  portForward(
    upgrade: UpgradeRequest,
    target: { readonly runtime: ContainerRuntime; readonly sandboxId: string },
    signal: AbortSignal,
  ): Promise<void>;
}

export interface ContainerTarget {
  readonly runtime: ContainerRuntime;
  readonly containerId: string;
}
