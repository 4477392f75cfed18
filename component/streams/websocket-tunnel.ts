import { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** A WebSocket's binary messages as one stream of bytes, for a protocol that tunnels in it. */
export class WebSocketTunnel extends Duplex {
  readonly #socket: WebSocket;

  constructor(socket: WebSocket) {
    super({ allowHalfOpen: false });
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      if (!this.push(data)) socket.pause();
    });
    socket.on('close', () => this.push(null));
    socket.on('error', (error) => this.destroy(error));
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return callback(new Error('the WebSocket is closed'));
    this.#socket.send(chunk, { binary: true }, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#socket.close(1000);
    callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.close(error ? 1011 : 1000);
    callback(error);
  }
}
