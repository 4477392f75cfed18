import { hasReason } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { discover, type DiscoveredResource, type Discovery } from '../../client/discovery.ts';
import { loadSchemaTable, type SchemaTable } from '../../api/schema/schema-table.ts';
import { applyPatch, type MergeRules } from '../apply/apply-patch.ts';
import { addClusterOptions, withSession } from '../cluster-options.ts';
import type { CliCommand, CliDeps } from '../command.ts';
import type { ConnectOptions, Session } from '../connect.ts';
import { ExitCode } from '../exit-code.ts';
import { namespaceOf, readManifests, resourceOfManifest, type Manifest } from '../manifests.ts';
import { messageOf } from '../message-of.ts';
import { objectFormat } from '../printers/print-objects.ts';
import { qualifiedSingular } from '../resource-args.ts';

interface ApplyOptions extends ConnectOptions {
  readonly filename: string[];
  readonly recursive?: boolean;
  readonly serverSide?: boolean;
  readonly forceConflicts?: boolean;
  readonly fieldManager?: string;
  readonly dryRun: string;
  readonly output?: string;
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
/** kubectl's names, so that both may be used on one object without conflicts between them. */
const managers = { client: 'kubectl-client-side-apply', server: 'kubectl' };

export const applyCommand: CliCommand = {
  name: 'apply',
  register(program, deps) {
    addClusterOptions(program.command('apply'))
      .description('Make the cluster hold the objects of files, and no longer what was taken out of them')
      .requiredOption('-f, --filename <files...>', 'files or folders of manifests; - is standard input')
      .option('-R, --recursive', 'folders with all that is below them')
      .option('--server-side', 'let the server merge, by who owns which field')
      .option('--force-conflicts', 'with --server-side: take fields that others own')
      .option('--field-manager <name>', 'whose fields these are')
      .option('--dry-run <where>', 'none, or server: the server does all but keep it', 'none')
      .option('-o, --output <format>', 'yaml, json, name or jsonpath=TEMPLATE')
      .action(async (options: ApplyOptions) => {
        if (options.dryRun !== 'none' && options.dryRun !== 'server')
          throw new Error(`--dry-run ${options.dryRun} is not known: choose none or server`);
        if (options.forceConflicts && !options.serverSide)
          throw new Error('--force-conflicts only works with --server-side');
        await withSession(options, deps, (session) => applyAll(session, options, deps));
      });
  },
};

/** Every object is tried; failures are printed as they come, and end the program with 1. */
async function applyAll(session: Session, options: ApplyOptions, deps: CliDeps): Promise<void> {
  const format = objectFormat(options.output);
  const manifests = await readManifests(options.filename, deps.stdin, options);
  const apply = new Apply(session, options, deps);
  const applied: AnyObject[] = [];
  let hasFailed = false;
  for (const manifest of manifests) {
    try {
      const { object, outcome, resource } = await apply.one(manifest);
      applied.push(object);
      const note = options.dryRun === 'server' ? ' (server dry run)' : '';
      if (!format) deps.stdout.write(`${qualifiedSingular(resource)}/${object.metadata.name} ${outcome}${note}\n`);
    } catch (error) {
      if (deps.signal.aborted) throw error;
      hasFailed = true;
      deps.stderr.write(`${messageOf(error)}\n`);
    }
  }
  if (format && applied.length > 0) deps.stdout.write(format(applied, manifests.length > 1));
  if (hasFailed) throw new ExitCode(1);
}

interface Applied {
  readonly object: AnyObject;
  readonly outcome: 'created' | 'configured' | 'unchanged' | 'serverside-applied';
  readonly resource: DiscoveredResource;
}

class Apply {
  readonly #session: Session;
  readonly #options: ApplyOptions;
  readonly #deps: CliDeps;
  #discovery: Discovery | undefined;
  #table: SchemaTable | undefined;

  constructor(session: Session, options: ApplyOptions, deps: CliDeps) {
    this.#session = session;
    this.#options = options;
    this.#deps = deps;
  }

  async one(manifest: Manifest): Promise<Applied> {
    const { connection } = this.#session;
    const resource = await this.#resourceOf(manifest);
    const namespace = namespaceOf(manifest, resource, {
      namespace: connection.namespace,
      isExplicit: this.#options.namespace !== undefined,
    });
    const { object } = manifest;
    if (!object.metadata.name)
      throw new Error(`error when reading "${manifest.source}": resource name may not be empty`);
    const placed = namespace === undefined ? object : { ...object, metadata: { ...object.metadata, namespace } };
    return this.#options.serverSide ? this.#onServer(placed, resource) : this.#onClient(placed, resource);
  }

  async #onServer(object: AnyObject, resource: DiscoveredResource): Promise<Applied> {
    const applied = await this.#session.client.patch(
      resource,
      atOf(object),
      { type: 'apply', body: object },
      { ...this.#writeOptions(managers.server), force: this.#options.forceConflicts ?? false },
    );
    return { object: applied as AnyObject, outcome: 'serverside-applied', resource };
  }

  async #onClient(manifest: AnyObject, resource: DiscoveredResource): Promise<Applied> {
    const { client } = this.#session;
    const next = annotated(manifest);
    let live: AnyObject;
    try {
      live = (await client.get(resource, atOf(next), { signal: this.#deps.signal })) as AnyObject;
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
      const created = await client.create(resource, next, this.#writeOptions(managers.client));
      return { object: created as AnyObject, outcome: 'created', resource };
    }
    const lastText = live.metadata.annotations?.[lastApplied];
    if (lastText === undefined)
      this.#deps.stderr.write(
        `Warning: resource ${resource.plural}/${next.metadata.name} is missing the ${lastApplied} annotation which is required by apply. apply should only be used on resources created declaratively. The missing annotation will be patched automatically.\n`,
      );
    const rules = this.#rulesOf(next);
    const body = applyPatch(JSON.parse(lastText ?? '{}') as Record<string, unknown>, next, rules);
    const type = rules ? 'strategic' : 'merge';
    const patched = (await client.patch(
      resource,
      atOf(next),
      { type, body },
      this.#writeOptions(managers.client),
    )) as AnyObject;
    // A write that changes nothing is none, and keeps the revision; so does a dry run, whatever it changes.
    const isSame =
      patched.metadata.resourceVersion === live.metadata.resourceVersion && contentOf(patched) === contentOf(live);
    return { object: patched, outcome: isSame ? 'unchanged' : 'configured', resource };
  }

  /** Kinds that a file before has just defined are not known yet: then the server is asked again. */
  async #resourceOf(manifest: Manifest): Promise<DiscoveredResource> {
    const { apiVersion, kind } = manifest.object;
    if (!this.#discovery?.forKind(apiVersion!, kind!))
      this.#discovery = await discover(this.#session.client, this.#deps.signal);
    return resourceOfManifest(manifest, this.#discovery);
  }

  /** How the kind merges; undefined for custom resources, which know JSON merge patch alone. */
  #rulesOf({ apiVersion = '', kind }: AnyObject): MergeRules {
    this.#table ??= loadSchemaTable();
    const [version, group = ''] = apiVersion.split('/').reverse();
    const type = Object.keys(this.#table).find((name) =>
      this.#table![name]!.gvk?.some(([g, v, k]) => g === group && v === version && k === kind),
    );
    return type === undefined ? undefined : { table: this.#table, type };
  }

  #writeOptions(manager: string) {
    return {
      fieldManager: this.#options.fieldManager ?? manager,
      fieldValidation: 'Strict' as const,
      dryRun: this.#options.dryRun === 'server',
      signal: this.#deps.signal,
    };
  }
}

function atOf({ metadata }: AnyObject): { namespace?: string; name: string } {
  return { namespace: metadata.namespace, name: metadata.name! };
}

function contentOf(object: AnyObject): string {
  const { managedFields: _, ...metadata } = object.metadata;
  return JSON.stringify({ ...object, metadata });
}

/** With the manifest itself in an annotation, so that the next apply knows what was taken out. */
function annotated(manifest: AnyObject): AnyObject {
  const { [lastApplied]: _, ...annotations } = manifest.metadata.annotations ?? {};
  const plain = { ...manifest, metadata: { ...manifest.metadata, annotations } };
  const text = `${JSON.stringify(plain)}\n`;
  return { ...plain, metadata: { ...plain.metadata, annotations: { ...annotations, [lastApplied]: text } } };
}
