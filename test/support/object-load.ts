import { hasReason } from '../../api/meta/errors.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import { secrets } from '../../api/resources/core/secret.ts';
import { leases } from '../../api/resources/coordination/lease.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { ConfigMap } from '../../api/schema/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import type { Random } from '../../component/random.ts';

/** What the load writes. */
export const loadRows = [configMaps, secrets, leases] as unknown as readonly ResourceRow[];
export const loadNamespaces = ['load-a', 'load-b', 'load-c'];
const counters = ['counter-0', 'counter-1', 'counter-2', 'counter-3'];

export interface LoadOutcome {
  /** `plural revision` of every write that was acknowledged. */
  readonly written: Set<string>;
  /** How often each counter was incremented with success. */
  readonly increments: Map<string, number>;
  /** uids of objects whose removal was acknowledged. */
  readonly removed: Set<string>;
  /** What a list of exactly some revision answered: `plural`, revision, `namespace/name revision` of the items. */
  readonly lists: { readonly plural: string; readonly revision: string; readonly items: string[] }[];
  /** Answers that should not have been. */
  readonly wrong: string[];
}

/** One object as logs and lists are compared by. */
export function lineOf({ metadata }: KubeObject): string {
  return `${metadata.namespace}/${metadata.name} ${metadata.resourceVersion}`;
}

/**
 * Creates, updates, patches, applies and deletes objects of several resources, each request at any of the servers, and
 * increments shared counters under optimistic locking.
 */
export async function runObjectLoad(
  clients: readonly Client[],
  options: { readonly operations: number; readonly workers: number; readonly random: Random },
): Promise<LoadOutcome> {
  const { random } = options;
  const outcome: LoadOutcome = {
    written: new Set(),
    increments: new Map(counters.map((name) => [name, 0])),
    removed: new Set(),
    lists: [],
    wrong: [],
  };
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random.next() * all.length)]!;
  const any = (): Client => pick(clients);
  const note = <T extends KubeObject>(row: ResourceRow, object: T): T => {
    outcome.written.add(`${row.plural} ${object.metadata.resourceVersion}`);
    return object;
  };
  for (const name of counters)
    note(configMaps as unknown as ResourceRow, await any().create(configMaps, counterOf(name)));

  const increment = async (): Promise<void> => {
    const name = pick(counters);
    const at = { namespace: loadNamespaces[0]!, name };
    const read = await any().get(configMaps, at);
    const n = String(Number(read.data!['n']) + 1);
    try {
      note(configMaps as unknown as ResourceRow, await any().update(configMaps, { ...read, data: { n } }));
      outcome.increments.set(name, outcome.increments.get(name)! + 1);
    } catch (error) {
      if (!hasReason(error, 'Conflict')) throw error;
    }
  };

  const listExactly = async (row: ResourceRow, revision: string): Promise<void> => {
    const { items } = await any().list(row, {}, { resourceVersion: revision, resourceVersionMatch: 'Exact' });
    outcome.lists.push({ plural: row.plural, revision, items: items.map(lineOf).sort() });
  };

  let next = 0;
  const work = async (worker: number): Promise<void> => {
    /** Of this worker alone, so that it knows what must be there. */
    const own: { readonly row: ResourceRow; readonly object: KubeObject }[] = [];
    for (let index = next++; index < options.operations; index = next++) {
      const dice = random.next();
      const place = Math.floor(random.next() * own.length);
      const mine = own[place];
      if (dice < 0.2) await increment();
      else if (dice < 0.5 || !mine) {
        const row = pick(loadRows);
        const metadata = {
          namespace: pick(loadNamespaces),
          name: `w${worker}-${index}`,
          labels: { worker: `w${worker}` },
        };
        const object = note(row, await any().create(row, { metadata }));
        own.push({ row, object });
        if (random.next() < 0.03) await listExactly(row, object.metadata.resourceVersion!);
      } else {
        const { row, object } = mine;
        const { namespace, name, uid } = object.metadata as { namespace: string; name: string; uid: string };
        const at = { namespace, name };
        const annotations = { 'load/step': String(index) };
        if (dice < 0.6) {
          const read = await any().get(row, at);
          if (Number(read.metadata.resourceVersion) < Number(object.metadata.resourceVersion))
            outcome.wrong.push(`read ${lineOf(read)} after ${lineOf(object)} was written`);
          const updated = await any().update(row, { ...read, metadata: { ...read.metadata, annotations } });
          own[place] = { row, object: note(row, updated) };
        } else if (dice < 0.7) {
          const patched = await any().patch(row, at, { type: 'merge', body: { metadata: { annotations } } });
          own[place] = { row, object: note(row, patched) };
        } else if (dice < 0.8) {
          const body = { apiVersion: apiVersionOf(row), kind: row.kind, metadata: { namespace, name, annotations } };
          const applied = await any().patch(row, at, { type: 'apply', body }, { fieldManager: 'load', force: true });
          own[place] = { row, object: note(row, applied) };
        } else {
          await any().delete(row, at);
          outcome.removed.add(uid);
          own.splice(place, 1);
          for (const client of clients) {
            const found = await client.get(row, at).catch((error: unknown) => error);
            if (!hasReason(found, 'NotFound')) outcome.wrong.push(`${row.plural} ${name} is there after its removal`);
          }
        }
      }
    }
  };
  await Promise.all(Array.from({ length: options.workers }, (_, worker) => work(worker)));
  return outcome;
}

function counterOf(name: string): ConfigMap {
  return { metadata: { namespace: loadNamespaces[0]!, name }, data: { n: '0' } };
}

function apiVersionOf({ group, version }: ResourceRow): string {
  return group ? `${group}/${version}` : version;
}
