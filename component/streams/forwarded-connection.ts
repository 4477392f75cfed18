import type { Duplex } from 'node:stream';

/** One connection that a client of port-forward makes. */
export interface ForwardedConnection {
  readonly port: number;
  readonly data: Duplex;
  /** Ends the connection; with a message the client is told why. */
  finish(error?: string): void;
}
