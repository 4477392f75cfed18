import { hasReason } from '../../api/meta/errors.ts';
import type { KubeObject } from '../../api/meta/object.ts';
import { discover, type DiscoveredResource, type Discovery } from '../../client/discovery.ts';
import { addClusterOptions, withSession } from '../cluster-options.ts';
import type { CliCommand, CliDeps } from '../command.ts';
import type { ConnectOptions, Session } from '../connect.ts';
import { namespaceOf, readManifests, resourceOfManifest } from '../manifests.ts';
import { parseResourceArgs, qualifiedSingular } from '../resource-args.ts';

interface DeleteOptions extends ConnectOptions {
  readonly filename?: string[];
  readonly recursive?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly all?: boolean;
  readonly gracePeriod?: string;
  readonly now?: boolean;
  readonly force?: boolean;
  readonly cascade: string;
  readonly ignoreNotFound?: boolean;
  readonly wait: boolean;
  readonly output?: string;
}

/** One object to delete. */
interface Doomed {
  readonly resource: DiscoveredResource;
  readonly name: string;
  readonly namespace?: string;
}

const propagation: Readonly<Record<string, 'Background' | 'Foreground' | 'Orphan'>> = {
  background: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
};
const pollMs = { first: 20, max: 500 };

export const deleteCommand: CliCommand = {
  name: 'delete',
  register(program, deps) {
    addClusterOptions(program.command('delete [resources...]'))
      .description('Delete objects by name, file or selector, and wait until they are gone')
      .option('-f, --filename <files...>', 'the objects in these files or folders; - is standard input')
      .option('-R, --recursive', 'folders with all that is below them')
      .option('-l, --selector <selector>', 'objects with these labels')
      .option('--field-selector <selector>', 'objects with these fields')
      .option('--all', 'all objects of the resource in the namespace')
      .option('--grace-period <seconds>', 'how long to let pods end by themselves; 0 only with --force')
      .option('--now', 'the same as --grace-period=1')
      .option('--force', 'with --grace-period=0: do not wait for the node to confirm')
      .option('--cascade <how>', 'what becomes of dependents: background, foreground or orphan', 'background')
      .option('--ignore-not-found', 'say nothing of objects that are not there')
      .option('--no-wait', 'do not wait until the objects are gone')
      .option('--wait <bool>', 'whether to wait until the objects are gone', (text) => text !== 'false')
      .option('-o, --output <format>', 'name')
      .action(async (args: string[], options: DeleteOptions) => {
        await withSession(options, deps, (session) => runDelete(session, args, options, deps));
      });
  },
};

async function runDelete(
  session: Session,
  args: readonly string[],
  options: DeleteOptions,
  deps: CliDeps,
): Promise<void> {
  const { client } = session;
  const gracePeriodSeconds = gracePeriodOf(options);
  const propagationPolicy = propagation[options.cascade];
  if (!propagationPolicy)
    throw new Error(`invalid cascade value (${options.cascade}). Must be "background", "foreground", or "orphan"`);
  if (gracePeriodSeconds === 0)
    deps.stderr.write(
      'Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.\n',
    );
  const discovery = await discover(client, deps.signal);
  const doomed = options.filename?.length
    ? await fromFiles(session, options, discovery, deps)
    : await fromArgs(session, args, options, discovery);
  if (doomed.length === 0) deps.stdout.write('No resources found\n');
  const deleted: Doomed[] = [];
  for (const one of doomed) {
    try {
      await client.delete(one.resource, one, { gracePeriodSeconds, propagationPolicy, signal: deps.signal });
    } catch (error) {
      if (options.ignoreNotFound && hasReason(error, 'NotFound')) continue;
      throw error;
    }
    deleted.push(one);
    const type = qualifiedSingular(one.resource);
    const where = one.namespace === undefined ? '' : ` from ${one.namespace} namespace`;
    deps.stdout.write(
      options.output === 'name'
        ? `${type}/${one.name}\n`
        : `${type} "${one.name}" ${gracePeriodSeconds === 0 ? 'force deleted' : 'deleted'}${where}\n`,
    );
  }
  if (options.wait) for (const one of deleted) await waitUntilGone(session, one, deps);
}

function gracePeriodOf({ gracePeriod, now, force }: DeleteOptions): number | undefined {
  if (now && gracePeriod !== undefined) throw new Error('--now and --grace-period cannot be specified together');
  const seconds = now ? 1 : gracePeriod === undefined ? (force ? 0 : undefined) : Number(gracePeriod);
  if (seconds !== undefined && !Number.isInteger(seconds))
    throw new Error(`--grace-period ${gracePeriod} is not a number of seconds`);
  if (seconds === 0 && !force) return 1; // as kubectl: at once, but with the node's word for it
  return seconds !== undefined && seconds < 0 ? undefined : seconds;
}

async function fromFiles(
  { connection }: Session,
  options: DeleteOptions,
  discovery: Discovery,
  deps: CliDeps,
): Promise<Doomed[]> {
  const chosen = { namespace: connection.namespace, isExplicit: options.namespace !== undefined };
  const manifests = await readManifests(options.filename!, deps.stdin, options);
  return manifests.map((manifest) => {
    const resource = resourceOfManifest(manifest, discovery);
    return { resource, name: manifest.object.metadata.name ?? '', namespace: namespaceOf(manifest, resource, chosen) };
  });
}

async function fromArgs(
  { client, connection }: Session,
  args: readonly string[],
  options: DeleteOptions,
  discovery: Discovery,
): Promise<Doomed[]> {
  const doomed: Doomed[] = [];
  for (const { resource, names } of parseResourceArgs(args, discovery)) {
    const namespace = resource.scope === 'Namespaced' ? connection.namespace : undefined;
    const selects = options.selector !== undefined || options.fieldSelector !== undefined;
    if (names.length > 0 && (selects || options.all))
      throw new Error('name cannot be provided when a selector is specified');
    if (names.length === 0 && !selects && !options.all)
      throw new Error('resource(s) were provided, but no name was specified');
    const found =
      names.length > 0
        ? names
        : (
            await client.list(
              resource,
              { namespace },
              { labelSelector: options.selector, fieldSelector: options.fieldSelector },
            )
          ).items.map((item) => item.metadata.name!);
    doomed.push(...found.map((name) => ({ resource, name, namespace })));
  }
  return doomed;
}

/** Resolves once the object is not there, or another has taken its name. */
async function waitUntilGone({ client }: Session, { resource, ...at }: Doomed, deps: CliDeps): Promise<void> {
  let uid: string | undefined;
  for (let delayMs = pollMs.first; ; delayMs = Math.min(delayMs * 2, pollMs.max)) {
    let now: KubeObject;
    try {
      now = await client.get(resource, at, { signal: deps.signal });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return;
      throw error;
    }
    uid ??= now.metadata.uid;
    if (!now.metadata.deletionTimestamp || now.metadata.uid !== uid) return;
    await deps.clock.sleep(delayMs, deps.signal);
  }
}
