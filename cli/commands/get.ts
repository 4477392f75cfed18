import type { Command } from 'commander';
import { hasReason } from '../../api/meta/errors.ts';
import type { AnyObject } from '../../api/meta/object.ts';
import { resourcePath } from '../../api/resources/define-resource.ts';
import type { RawResponse } from '../../client/client.ts';
import { discover, type DiscoveredResource } from '../../client/discovery.ts';
import { errorFrom } from '../../client/response-error.ts';
import { queryOf } from '../../client/rest-client.ts';
import { readLines } from '../../client/watch-stream.ts';
import { addClusterOptions, withSession } from '../cluster-options.ts';
import type { CliCommand, CliDeps } from '../command.ts';
import type { ConnectOptions, Session } from '../connect.ts';
import { objectFormat } from '../printers/print-objects.ts';
import { printTable } from '../printers/print-table.ts';
import { cellsOf, headersOf, tableAccept, type Table, type TableView } from '../printers/server-table.ts';
import { parseResourceArgs, qualifiedSingular, type Target } from '../resource-args.ts';

interface GetOptions extends ConnectOptions {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly output?: string;
  readonly watch?: boolean;
  readonly watchOnly?: boolean;
  readonly headers: boolean;
  readonly showLabels?: boolean;
  readonly showManagedFields?: boolean;
  readonly ignoreNotFound?: boolean;
}

export const getCommand: CliCommand = {
  name: 'get',
  register(program, deps) {
    addGetOptions(addClusterOptions(program.command('get <resources...>')))
      .description('Show objects: k8ts get pods,svc | get deploy/web | get pod a b -o yaml')
      .action(async (args: string[], options: GetOptions) => {
        await withSession(options, deps, (session) => new Get(session, options, deps).run(args));
      });
  },
};

function addGetOptions(command: Command): Command {
  return command
    .option('-A, --all-namespaces', 'of all namespaces')
    .option('-l, --selector <selector>', 'only objects with these labels')
    .option('--field-selector <selector>', 'only objects with these fields')
    .option('-o, --output <format>', 'wide, yaml, json, name or jsonpath=TEMPLATE')
    .option('-w, --watch', 'go on showing changes')
    .option('--watch-only', 'show changes, not what is there')
    .option('--no-headers', 'leave out the heads of columns')
    .option('--show-labels', 'a column with all labels')
    .option('--show-managed-fields', 'keep managedFields in yaml and json')
    .option('--ignore-not-found', 'say nothing of objects that are not there');
}

/** What is to be fetched: a collection, or one object of it. */
interface Fetch {
  readonly resource: DiscoveredResource;
  readonly name?: string;
}

class Get {
  readonly #session: Session;
  readonly #options: GetOptions;
  readonly #deps: CliDeps;
  readonly #namespace: string | undefined;

  constructor(session: Session, options: GetOptions, deps: CliDeps) {
    this.#session = session;
    this.#options = options;
    this.#deps = deps;
    this.#namespace = options.allNamespaces ? undefined : session.connection.namespace;
  }

  async run(args: readonly string[]): Promise<void> {
    const options = this.#options;
    const format = objectFormat(options.output, options);
    const targets = parseResourceArgs(args, await discover(this.#session.client, this.#deps.signal));
    const isNamed = targets.some(({ names }) => names.length > 0);
    if (isNamed && options.allNamespaces)
      throw new Error('a resource cannot be retrieved by name across all namespaces');
    if (isNamed && (options.selector || options.fieldSelector))
      throw new Error('name cannot be provided when a selector is specified');
    if (options.watch || options.watchOnly) {
      if (targets.length > 1 || targets[0]!.names.length > 1)
        throw new Error('you may only specify a single resource type');
      return this.#watch(targets[0]!, format !== undefined);
    }
    if (format) await this.#printObjects(targets, format);
    else await this.#printTables(targets, isNamed);
  }

  async #printObjects(targets: readonly Target[], format: NonNullable<ReturnType<typeof objectFormat>>): Promise<void> {
    const objects: AnyObject[] = [];
    for (const fetch of fetchesOf(targets)) {
      const answer = await this.#fetch<AnyObject & { items?: AnyObject[] | null }>(fetch, 'application/json');
      if (!answer) continue;
      if (fetch.name !== undefined) objects.push(answer);
      else {
        const { apiVersion, kind = '' } = answer;
        for (const item of answer.items ?? []) objects.push({ apiVersion, kind: kind.replace(/List$/, ''), ...item });
      }
    }
    const single = targets.length === 1 && targets[0]!.names.length === 1;
    if (single && objects.length === 0) return;
    this.#deps.stdout.write(format(objects, !single));
  }

  async #printTables(targets: readonly Target[], isNamed: boolean): Promise<void> {
    const tables: string[] = [];
    const isSeveral = targets.length > 1;
    for (const target of targets) {
      const view = this.#viewOf(target.resource, isSeveral);
      let columns: Table['columnDefinitions'] | undefined;
      const rows: string[][] = [];
      for (const fetch of fetchesOf([target])) {
        const table = await this.#fetch<Table>(fetch, tableAccept);
        if (!table) continue;
        columns ??= table.columnDefinitions;
        rows.push(...(table.rows ?? []).map((row) => cellsOf(row, columns!, view)));
      }
      if (columns && rows.length > 0) tables.push(this.#tableText(headersOf(columns, view), rows));
    }
    this.#deps.stdout.write(tables.join('\n'));
    if (tables.length > 0 || isNamed) return;
    const isScoped = this.#namespace !== undefined && targets.some(({ resource }) => resource.scope === 'Namespaced');
    this.#deps.stderr.write(`No resources found${isScoped ? ` in ${this.#namespace} namespace.` : ''}\n`);
  }

  #tableText(headers: readonly string[], rows: readonly (readonly string[])[]): string {
    const text = printTable(headers, rows);
    return this.#options.headers ? text : text.slice(text.indexOf('\n') + 1);
  }

  #viewOf(resource: DiscoveredResource, isSeveral: boolean): TableView {
    return {
      wide: this.#options.output === 'wide',
      withNamespace: this.#options.allNamespaces === true && resource.scope === 'Namespaced',
      showLabels: this.#options.showLabels,
      namePrefix: isSeveral ? `${qualifiedSingular(resource)}/` : '',
    };
  }

  /** Prints the rows that are there, then one for each change, until the signal aborts or the server ends the watch. */
  async #watch(target: Target, isWhole: boolean): Promise<void> {
    if (isWhole && this.#options.output !== 'name')
      throw new Error('--watch shows tables and names: leave out -o, or give wide or name');
    const { resource, names } = target;
    const view = this.#viewOf(resource, false);
    const only = names[0] === undefined ? undefined : `metadata.name=${names[0]}`;
    if (names[0] !== undefined) await this.#fetch({ resource, name: names[0] }, tableAccept);
    const list = await this.#send<Table>(
      this.#pathOf({ resource }, { fieldSelector: only ?? this.#options.fieldSelector }),
      tableAccept,
    );
    let columns = list.columnDefinitions;
    const print = (rows: Table['rows']): void => {
      for (const row of rows ?? []) {
        if (isWhole) this.#deps.stdout.write(`${qualifiedSingular(resource)}/${row.object?.metadata?.name ?? ''}\n`);
        else this.#deps.stdout.write(this.#lineText(cellsOf(row, columns, view)));
      }
    };
    const first = this.#options.watchOnly ? [] : (list.rows ?? []);
    if (isWhole) print(first);
    else {
      const cells = first.map((row) => cellsOf(row, columns, view));
      const headers = headersOf(columns, view);
      this.#widths = headers.map((header, i) => Math.max(header.length, ...cells.map((row) => row[i]!.length)));
      if (this.#options.headers) this.#deps.stdout.write(this.#lineText(headers));
      for (const row of cells) this.#deps.stdout.write(this.#lineText(row));
    }
    const query = {
      fieldSelector: only ?? this.#options.fieldSelector,
      watch: true,
      resourceVersion: list.metadata.resourceVersion,
    };
    const response = await this.#open(this.#pathOf({ resource }, query), tableAccept);
    try {
      for await (const lines of readLines(response.body)) {
        for (const line of lines) {
          const { type, object } = JSON.parse(line) as { type: string; object: Table };
          if (type === 'ERROR') throw errorFrom(500, JSON.stringify(object), { method: 'GET', path: '' });
          if (object.columnDefinitions?.length) columns = object.columnDefinitions;
          if (type !== 'BOOKMARK') print(object.rows);
        }
      }
    } catch (error) {
      if (!this.#deps.signal.aborted) throw error;
    }
  }

  /** Those of the first rows; later ones are fitted in. */
  #widths: readonly number[] = [];
  #lineText(cells: readonly string[]): string {
    return `${cells
      .map((cell, i) => (i === cells.length - 1 ? cell : cell.padEnd(this.#widths[i] ?? 0)))
      .join('   ')
      .trimEnd()}\n`;
  }

  async #fetch<T>(fetch: Fetch, accept: string): Promise<T | undefined> {
    try {
      return await this.#send<T>(this.#pathOf(fetch, { fieldSelector: this.#options.fieldSelector }), accept);
    } catch (error) {
      if (fetch.name !== undefined && this.#options.ignoreNotFound && hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  #pathOf({ resource, name }: Fetch, query: Parameters<typeof queryOf>[0]): string {
    const path = resourcePath(resource, { namespace: this.#namespace, name });
    return path + (name === undefined ? queryOf({ labelSelector: this.#options.selector, ...query }) : '');
  }

  async #open(path: string, accept: string): Promise<RawResponse> {
    const { signal } = this.#deps;
    const response = await this.#session.client.raw({ method: 'GET', path, headers: { accept }, signal });
    if (response.status !== 200) throw errorFrom(response.status, await response.text(), { method: 'GET', path });
    return response;
  }

  async #send<T>(path: string, accept: string): Promise<T> {
    return JSON.parse(await (await this.#open(path, accept)).text()) as T;
  }
}

function fetchesOf(targets: readonly Target[]): Fetch[] {
  return targets.flatMap(({ resource, names }): Fetch[] =>
    names.length > 0 ? names.map((name) => ({ resource, name })) : [{ resource }],
  );
}
