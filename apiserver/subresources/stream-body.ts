import type { IncomingMessage } from 'node:http';
import type { ApiResponse } from '../request.ts';

/** A body that comes as whoever was asked sends it, no faster than the client reads; who is asked learns when it leaves. */
export function streamBody(response: IncomingMessage): ApiResponse['body'] {
  return {
    kind: 'stream',
    write: async (sink, aborted) => {
      const stop = (): void => void response.destroy();
      aborted.addEventListener('abort', stop, { once: true });
      try {
        for await (const chunk of response) if (!sink.write(chunk as Buffer)) await sink.drained();
      } catch (error) {
        if (!aborted.aborted) throw error;
      } finally {
        response.destroy();
        aborted.removeEventListener('abort', stop);
      }
    },
  };
}
