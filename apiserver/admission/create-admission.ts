import { FlagError } from '../../component/flags.ts';
import type { ResourceRow } from '../../api/resources/define-resource.ts';
import type { AdmissionDeps, AdmissionEntry, AdmissionPlugin, AdmissionRequest, Operation } from './admission.ts';
import { loadAdmissionConfiguration } from './admission-configuration.ts';
import { admissionPlugins, alwaysOn, notBuilt } from './index.ts';

export interface AdmissionOptions {
  /** `--enable-admission-plugins`: beside those that are on by default. */
  readonly enable?: readonly string[];
  /** `--disable-admission-plugins`, also such as are upstream's and not built; naming a plugin in both is an error. */
  readonly disable?: readonly string[];
  /** `--admission-control-config-file`. */
  readonly configFile?: string;
}

/** All plugins that are on, as one. Both refuse by throwing the ApiError of the first plugin that does. */
export interface Admission {
  /** Runs the mutating side of every plugin in order; the request's object is changed in place. */
  admit(request: AdmissionRequest): Promise<void>;
  /** Runs the validating side of every plugin in order. */
  validate(request: AdmissionRequest): Promise<void>;
  /** False where no plugin would be asked: then the request need not be made up at all. */
  handles(question: Question): boolean;
  /** Lets go of what plugins hold. */
  close(): Promise<void>;
  /** The names of those that are on, in order. */
  readonly enabled: readonly string[];
}

/** Builds the chain. Throws an Error with one line where a name is unknown, or both enabled and disabled, or a file cannot be read. */
export function createAdmission(
  options: AdmissionOptions,
  deps: AdmissionDeps,
  entries: readonly AdmissionEntry[] = admissionPlugins,
): Admission {
  const enabled = enabledEntries(options, entries);
  const configuration = options.configFile ? loadAdmissionConfiguration(options.configFile) : deps.configuration;
  const plugins = [...enabled, ...alwaysOn].map((entry) => entry.create({ ...deps, configuration }));
  const mutating = selectors(plugins.filter((plugin) => plugin.admit));
  const validating = selectors(plugins.filter((plugin) => plugin.validate));
  return {
    enabled: enabled.map((entry) => entry.name),
    close: async () => {
      for (const plugin of plugins) await plugin.close?.();
    },
    handles: (question) => mutating(question).length + validating(question).length > 0,
    admit: async (request) => {
      const asked = mutating(request);
      for (let i = 0; i < asked.length; i++) {
        const pending = asked[i]!.admit!(request);
        if (pending) await pending;
      }
    },
    validate: async (request) => {
      const asked = validating(request);
      for (let i = 0; i < asked.length; i++) {
        const pending = asked[i]!.validate!(request);
        if (pending) await pending;
      }
    },
  };
}

type Question = Pick<AdmissionRequest, 'operation' | 'row' | 'subresource'>;

/** Asks every plugin once what it handles; from then on a write costs two look-ups. Rows that go (a CRD's) are let go of. */
function selectors(plugins: readonly AdmissionPlugin[]): (question: Question) => readonly AdmissionPlugin[] {
  const known = new WeakMap<ResourceRow, Record<Operation, Map<string, readonly AdmissionPlugin[]>>>();
  return (question) => {
    let ofRow = known.get(question.row);
    if (!ofRow) {
      ofRow = { CREATE: new Map(), UPDATE: new Map(), DELETE: new Map(), CONNECT: new Map() };
      known.set(question.row, ofRow);
    }
    const bySubresource = ofRow[question.operation];
    let found = bySubresource.get(question.subresource);
    if (!found) bySubresource.set(question.subresource, (found = plugins.filter((p) => p.handles(question))));
    return found;
  };
}

function enabledEntries(
  { enable = [], disable = [] }: AdmissionOptions,
  entries: readonly AdmissionEntry[],
): AdmissionEntry[] {
  const names = new Set(entries.map((entry) => entry.name));
  const isBuilt = (name: string): boolean => !notBuilt.has(name);
  for (const [flag, given] of [
    ['enable', enable],
    ['disable', disable],
  ] as const) {
    const unknown = given.filter((name) => !names.has(name) && isBuilt(name));
    if (unknown.length) throw new FlagError(`${flag}-admission-plugins plugin "${unknown.join(', ')}" is unknown`);
  }
  const missing = enable.filter((name) => !isBuilt(name));
  if (missing.length) throw new FlagError(`enable-admission-plugins plugin "${missing.join(', ')}" is not built`);
  const both = enable.filter((name) => disable.includes(name));
  if (both.length)
    throw new FlagError(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`);
  return entries.filter(({ name, onByDefault }) => (onByDefault || enable.includes(name)) && !disable.includes(name));
}
