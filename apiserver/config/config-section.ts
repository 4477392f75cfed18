import type { FlagTable, FlagValues } from '../../component/flags.ts';

/** The flags under one heading of `--help`, and the part of the configuration that they make. */
export interface ConfigSection<T extends FlagTable = FlagTable, C extends object = object> {
  /** Each carries the heading it stands under. */
  readonly flags: T;
  /** This part where no flag speaks: a server that a test or a program starts. */
  readonly defaults: C;
  /** This part as flags say. @throws FlagError where they are out of bounds or contradict themselves */
  configOf(values: FlagValues<T>): C;
}

/** Keeps the literal types of the flags, and puts them under the section's heading. */
export function defineSection<const T extends FlagTable, C extends object>(
  section: Pick<ConfigSection<T, C>, 'flags' | 'configOf'> & {
    readonly heading: string;
    readonly defaults: NoInfer<C>;
  },
): ConfigSection<T, C> {
  const { heading: group, ...rest } = section;
  const flags = Object.fromEntries(Object.entries(section.flags).map(([name, flag]) => [name, { ...flag, group }]));
  return { ...rest, flags: flags as FlagTable as T };
}
