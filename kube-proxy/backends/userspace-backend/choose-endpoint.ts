import type { Random } from '../../../component/random.ts';
import type { Endpoint } from '../../service-table.ts';

/** Chooses the endpoint of each connection: at random, and for services with affinity the one the client had last. */
export class EndpointChooser {
  readonly #lastByClient = new Map<string, { endpoint: string; untilMs: number }>();
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** undefined where there is no endpoint. `excluded` are those that did not take the connection. */
  choose(
    endpoints: readonly Endpoint[],
    client: { readonly address: string; readonly affinitySeconds: number; readonly nowMs: number },
    excluded: ReadonlySet<Endpoint>,
  ): Endpoint | undefined {
    const left = endpoints.filter((endpoint) => !excluded.has(endpoint));
    if (client.affinitySeconds > 0) {
      const last = this.#lastByClient.get(client.address);
      const again =
        last && last.untilMs > client.nowMs ? left.find((endpoint) => key(endpoint) === last.endpoint) : undefined;
      const chosen = again ?? left[Math.floor(this.#random.next() * left.length)];
      if (chosen) this.#remember(client.address, key(chosen), client);
      return chosen;
    }
    return left[Math.floor(this.#random.next() * left.length)];
  }

  #remember(
    address: string,
    endpoint: string,
    { nowMs, affinitySeconds }: { nowMs: number; affinitySeconds: number },
  ): void {
    this.#lastByClient.delete(address); // so that the map is in the order of last use
    this.#lastByClient.set(address, { endpoint, untilMs: nowMs + affinitySeconds * 1000 });
    for (const [oldest, { untilMs }] of this.#lastByClient) {
      if (untilMs > nowMs && this.#lastByClient.size <= maxClients) break;
      this.#lastByClient.delete(oldest);
    }
  }
}

const maxClients = 10_000;

function key({ ip, port }: Endpoint): string {
  return `${ip} ${port}`;
}
