import type { WebSocket } from 'ws';

/** A message of a WebSocket that carries several streams: which one, and what of it. */
export interface ChannelMessage {
  readonly channel: number;
  readonly payload: Buffer;
}

/** How messages look on the wire: binary with the channel in the first byte, or text with a digit and base64. */
export interface ChannelMessages {
  read(message: Buffer): ChannelMessage;
  /** Calls back once the message has gone out, or cannot. */
  send(socket: WebSocket, message: ChannelMessage, callback?: (error?: Error | null) => void): void;
}

const digitZero = 0x30;

const binaryMessages: ChannelMessages = {
  read: (message) => ({ channel: message[0] ?? -1, payload: message.subarray(1) }),
  send: (socket, { channel, payload }, callback) =>
    socket.send(Buffer.concat([Buffer.from([channel]), payload]), { binary: true }, callback),
};

const base64Messages: ChannelMessages = {
  read: (message) => ({
    channel: (message[0] ?? 0) - digitZero,
    payload: Buffer.from(message.toString('latin1', 1), 'base64'),
  }),
  send: (socket, { channel, payload }, callback) =>
    socket.send(
      `${String.fromCharCode(digitZero + channel)}${payload.toString('base64')}`,
      { binary: false },
      callback,
    ),
};

/** The form that a subprotocol (`v4.channel.k8s.io`, `v4.base64.channel.k8s.io` …) has. */
export function channelMessagesOf(protocol: string): ChannelMessages {
  return protocol.includes('base64') ? base64Messages : binaryMessages;
}
