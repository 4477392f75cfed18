import { readFile } from 'node:fs/promises';
import type { Deps } from '../../../component/deps.ts';
import { FlagError } from '../../../component/flags.ts';
import type { HealthCheck } from '../../../component/health.ts';
import { counter } from '../../../component/metrics.ts';
import { parseYaml } from '../../../component/yaml.ts';
import type { ResourceNames } from '../keys.ts';
import type { TransformersOf } from './encrypted-storage.ts';
import { parseEncryptionConfiguration, providersFor, type EncryptionConfiguration, type ProviderConfiguration } from './encryption-configuration.ts'; // prettier-ignore
import { createTransformer } from './index.ts';
import type { Transformer } from './transformer.ts';

export interface OpenEncryption {
  readonly transformersOf: TransformersOf;
  /** Whether key services answer. */
  readonly check: HealthCheck;
  /** Keeps up with key services, and with the file where that is asked for, until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

export interface EncryptionOptions {
  readonly file: string;
  /** A changed file takes effect without a restart. */
  readonly automaticReload: boolean;
  readonly namesOf: ResourceNames;
}

const reloadCheckMs = 10_000;

interface Loaded {
  readonly configuration: EncryptionConfiguration;
  readonly transformers: ReadonlyMap<ProviderConfiguration, Transformer>;
  readonly byPrefix: Map<string, readonly Transformer[] | undefined>;
  /** Key services of this configuration stop with it. */
  readonly stop: AbortController;
}

/** Reads an EncryptionConfiguration. @throws FlagError where it cannot be read, or is none */
export async function openEncryption(
  { file, automaticReload, namesOf }: EncryptionOptions,
  deps: Pick<Deps, 'clock' | 'random' | 'log' | 'metrics'>,
): Promise<OpenEncryption> {
  const { clock, log } = deps;
  const reloads = counter(deps.metrics, {
    name: 'apiserver_encryption_config_controller_automatic_reloads_total',
    help: 'Total number of reload successes and failures of encryption configuration split by apiserver identity.',
    labelNames: ['status'],
  });
  let text = await readText(file);
  let loaded = load(text);

  function load(content: string): Loaded {
    let document: unknown;
    try {
      document = parseYaml(content);
    } catch (error) {
      throw new FlagError(`--encryption-provider-config: cannot read ${file}: ${(error as Error).message}`);
    }
    const outcome = parseEncryptionConfiguration(document);
    if ('errors' in outcome) throw new FlagError(`--encryption-provider-config: ${file}: ${outcome.errors.map(String).join('; ')}`); // prettier-ignore
    const { configuration } = outcome;
    const providers = configuration.resources.flatMap((entry) => entry.providers);
    return {
      configuration,
      transformers: new Map(providers.map((provider) => [provider, createTransformer(provider, deps)])),
      byPrefix: new Map(),
      stop: new AbortController(),
    };
  }

  const transformersOf: TransformersOf = (prefix) => {
    const { byPrefix, configuration, transformers } = loaded;
    if (!byPrefix.has(prefix)) {
      const providers = providersFor(configuration, namesOf(prefix));
      byPrefix.set(
        prefix,
        providers?.map((provider) => transformers.get(provider)!),
      );
    }
    return byPrefix.get(prefix);
  };

  function runServices({ transformers, stop }: Loaded, signal: AbortSignal): Promise<unknown> {
    const either = AbortSignal.any([signal, stop.signal]);
    return Promise.all([...transformers.values()].flatMap((transformer) => transformer.run?.(either) ?? []));
  }

  async function reload(): Promise<boolean> {
    const content = await readText(file);
    if (content === text) return false;
    let next: Loaded;
    try {
      next = load(content);
    } catch (error) {
      text = content; // it does not get better by trying again
      throw error;
    }
    try {
      await checkAll(next);
    } catch (error) {
      next.stop.abort();
      // Which now only lets go of the connections.
      await runServices(next, next.stop.signal);
      throw error;
    }
    loaded.stop.abort(new Error('another configuration has taken its place'));
    loaded = next;
    text = content;
    return true;
  }

  return {
    transformersOf,
    check: { name: 'kms-providers', check: () => checkAll(loaded) },
    run: async (signal) => {
      const services: Promise<unknown>[] = [runServices(loaded, signal)];
      while (automaticReload && !signal.aborted) {
        await clock.sleep(reloadCheckMs, signal).catch(() => {});
        if (signal.aborted) break;
        try {
          if (!(await reload())) continue;
          services.push(runServices(loaded, signal));
          reloads.inc({ status: 'success' });
          log.info('the encryption configuration is loaded anew', { file });
        } catch (error) {
          reloads.inc({ status: 'failure' });
          log.error('the encryption configuration is not taken over, the old one stays', { file, error });
        }
      }
      await Promise.all(services);
    },
  };
}

async function checkAll({ transformers }: Loaded): Promise<void> {
  for (const transformer of transformers.values()) await transformer.check?.();
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new FlagError(`--encryption-provider-config: cannot read ${file}: ${(error as Error).message}`);
  }
}
