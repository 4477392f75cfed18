import { formatLabels } from '../../api/meta/printers.ts';
import type { ObjectMeta } from '../../api/schema/generated/meta-v1.ts';

/** `meta.k8s.io/v1` Table, as far as it is printed. */
export interface Table {
  readonly kind: string;
  readonly metadata: { readonly resourceVersion?: string };
  readonly columnDefinitions: readonly { readonly name: string; readonly type: string; readonly priority?: number }[];
  readonly rows: readonly TableRow[] | null;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: { readonly metadata?: ObjectMeta };
}

/** Asks the server for its table; one that cannot make it answers the objects. */
export const tableAccept =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

export interface TableView {
  readonly wide?: boolean;
  readonly withNamespace?: boolean;
  readonly showLabels?: boolean;
  /** Put before the names, `pod/`, where several resources are shown. */
  readonly namePrefix?: string;
}

type Columns = Table['columnDefinitions'];

/** The heads of the columns shown. */
export function headersOf(columns: Columns, view: TableView): string[] {
  return [
    ...(view.withNamespace ? ['NAMESPACE'] : []),
    ...shown(columns, view).map(([column]) => column.name.toUpperCase()),
    ...(view.showLabels ? ['LABELS'] : []),
  ];
}

/** The cells of a row, as text, in the columns shown. */
export function cellsOf(row: TableRow, columns: Columns, view: TableView): string[] {
  const metadata = row.object?.metadata;
  return [
    ...(view.withNamespace ? [metadata?.namespace ?? '<none>'] : []),
    ...shown(columns, view).map(([column, i]) => {
      const cell = textOf(row.cells[i]);
      return i === 0 && column.type === 'string' ? (view.namePrefix ?? '') + cell : cell;
    }),
    ...(view.showLabels ? [formatLabels(metadata?.labels)] : []),
  ];
}

function shown(columns: Columns, { wide }: TableView): [Columns[number], number][] {
  return columns
    .map((column, i): [Columns[number], number] => [column, i])
    .filter(([column]) => wide || !column.priority);
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '<none>';
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
  const end = text.search(/[\f\n\r]/); // a cell is one line
  return end < 0 ? text : `${text.slice(0, end)}...`;
}
