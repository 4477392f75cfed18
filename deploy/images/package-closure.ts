/** The part of package-lock.json that tells which packages a package brings. */
export interface PackageLock {
  readonly packages: Readonly<Record<string, { readonly dependencies?: Readonly<Record<string, string>> }>>;
}

/**
 * The folders below the project that npm packages need at run time, nested ones too, looked up as Node does: beside the
 * one that asks, then further up. Sorted; each once.
 */
export function packageClosure(lock: PackageLock, names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const folder = resolveFolder(lock, name, from);
    if (folder === undefined || found.has(folder)) return;
    found.add(folder);
    for (const needed of Object.keys(lock.packages[folder]?.dependencies ?? {})) visit(needed, folder);
  };
  for (const name of names) visit(name, '');
  return [...found].sort();
}

function resolveFolder(lock: PackageLock, name: string, from: string): string | undefined {
  for (let base = from; ;) {
    const folder = `${base ? `${base}/` : ''}node_modules/${name}`;
    if (lock.packages[folder]) return folder;
    if (base === '') return undefined;
    const up = base.lastIndexOf('/node_modules/');
    base = up < 0 ? '' : base.slice(0, up);
  }
}
