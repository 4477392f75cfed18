import { createServer, type Server } from 'node:http';
import type { Deps } from '../component/deps.ts';
import type { ServicePort } from './service-table.ts';

/** What a load balancer is told about one service. */
interface Answer {
  readonly namespace: string;
  readonly service: string;
  localEndpoints: number;
}

/**
 * Answers load balancers on the health check node ports of services with `externalTrafficPolicy: Local`: 200 where this
 * node has endpoints, 503 where it has none.
 */
export class HealthCheckPorts {
  readonly #deps: Pick<Deps, 'log'>;
  readonly #open = new Map<number, { server: Server; answer: Answer }>();

  constructor(deps: Pick<Deps, 'log'>) {
    this.#deps = deps;
  }

  async sync(table: readonly ServicePort[]): Promise<void> {
    const wanted = new Map<number, Answer>();
    for (const port of table) {
      if (port.healthCheckNodePort === 0) continue;
      const answer = wanted.get(port.healthCheckNodePort) ?? {
        namespace: port.namespace,
        service: port.service,
        localEndpoints: 0,
      };
      answer.localEndpoints = Math.max(
        answer.localEndpoints,
        port.externalEndpoints.filter((endpoint) => endpoint.isLocal).length,
      );
      wanted.set(port.healthCheckNodePort, answer);
    }
    for (const [number, { server }] of this.#open) {
      if (wanted.has(number)) continue;
      this.#open.delete(number);
      await close(server);
    }
    for (const [number, answer] of wanted) {
      const open = this.#open.get(number);
      if (open) open.answer = answer;
      else await this.#listen(number, answer);
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#open.values()].map(({ server }) => close(server)));
    this.#open.clear();
  }

  async #listen(number: number, first: Answer): Promise<void> {
    const entry = { server: createServer(), answer: first };
    entry.server.on('request', (_request, response) => {
      const { namespace, service, localEndpoints } = entry.answer;
      response.writeHead(localEndpoints > 0 ? 200 : 503, {
        'content-type': 'application/json',
        'x-content-type-options': 'nosniff',
      });
      response.end(
        JSON.stringify({ service: { namespace, name: service }, localEndpoints, serviceProxyHealthy: true }),
      );
    });
    try {
      await new Promise<void>((resolve, reject) => {
        entry.server.once('error', reject);
        entry.server.listen(number, resolve);
      });
      this.#open.set(number, entry);
    } catch (error) {
      this.#deps.log.error('cannot listen on a health check node port', {
        port: number,
        service: `${first.namespace}/${first.service}`,
        error,
      });
    }
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
