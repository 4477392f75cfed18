import { hasReason } from '../../api/meta/errors.ts';
import type { AnyObject, KubeList } from '../../api/meta/object.ts';
import { apiVersionOf } from '../../api/resources/define-resource.ts';
import { events } from '../../api/resources/core/event.ts';
import { discover } from '../../client/discovery.ts';
import { addClusterOptions, withSession } from '../cluster-options.ts';
import type { CliCommand, CliDeps } from '../command.ts';
import type { ConnectOptions, Session } from '../connect.ts';
import type { Surroundings } from '../describe/describer.ts';
import { describeObject } from '../describe/describe-object.ts';
import { parseResourceArgs } from '../resource-args.ts';

interface Options extends ConnectOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly showEvents: boolean;
}

export const describeCommand: CliCommand = {
  name: 'describe',
  register(program, deps) {
    addClusterOptions(program.command('describe <resources...>'))
      .description('Show objects in full, with what happened to them lately')
      .option('-A, --all-namespaces', 'of all namespaces')
      .option('-l, --selector <selector>', 'only objects with these labels')
      .option('--no-show-events', 'leave out events')
      .action(async (args: string[], options: Options) => {
        await withSession(options, deps, (session) => describeAll(session, args, options, deps));
      });
  },
};

async function describeAll(session: Session, args: readonly string[], options: Options, deps: CliDeps): Promise<void> {
  const { client, connection } = session;
  const { signal } = deps;
  const namespace = options.allNamespaces ? undefined : connection.namespace;
  const around = surroundings(session, deps);
  const texts: string[] = [];
  for (const { resource, names } of parseResourceArgs(args, await discover(client, signal))) {
    const found: AnyObject[] = [];
    for (const name of names) found.push((await client.get(resource, { namespace, name }, { signal })) as AnyObject);
    if (names.length === 0) {
      const query = { labelSelector: options.selector, signal };
      const { items } = (await client.list(resource, { namespace }, query)) as KubeList<AnyObject>;
      found.push(...items.map((item) => ({ ...item, kind: resource.kind, apiVersion: apiVersionOf(resource) })));
    }
    for (const object of found) {
      const happened = options.showEvents ? await eventsOf(session, object, signal) : undefined;
      texts.push(await describeObject(object, happened, around));
    }
  }
  deps.stdout.write(texts.join('\n\n'));
  if (texts.length === 0)
    deps.stderr.write(`No resources found${namespace === undefined ? '' : ` in ${namespace} namespace.`}\n`);
}

async function eventsOf({ client }: Session, { kind, metadata }: AnyObject, signal: AbortSignal) {
  const fields = [`involvedObject.kind=${kind}`, `involvedObject.name=${metadata.name}`];
  if (metadata.namespace) fields.push(`involvedObject.namespace=${metadata.namespace}`);
  // The kubelet names nodes by their name also where a uid belongs.
  if (metadata.uid && kind !== 'Node') fields.push(`involvedObject.uid=${metadata.uid}`);
  const at = { namespace: metadata.namespace };
  return (await client.list(events, at, { fieldSelector: fields.join(','), signal })).items;
}

function surroundings({ client }: Session, { clock, signal }: CliDeps): Surroundings {
  return {
    nowMs: clock.now(),
    list: async (ref, at, query = {}) => (await client.list(ref, at, { ...query, signal })).items,
    get: async (ref, at) => {
      try {
        return await client.get(ref, at, { signal });
      } catch (error) {
        if (hasReason(error, 'NotFound')) return undefined;
        throw error;
      }
    },
  };
}
