import { quantityValue } from '../../api/meta/quantity.ts';
import type { Deps } from '../../component/deps.ts';
import type { ContainerRuntime } from './container-runtime.ts';
import { createDockerRuntime } from './docker-runtime/docker-runtime.ts';

/** What the kubelet's flags say about a runtime, in no vendor's words. */
export interface RuntimeConfig {
  readonly endpoint?: string;
  /** Tells this kubelet's containers from those of another kubelet on the same runtime. */
  readonly instance: string;
  readonly sandboxImage?: string;
  readonly cgroupDriver?: 'cgroupfs' | 'systemd';
  /** A quantity: `10Mi`. */
  readonly containerLogMaxSize?: string;
  readonly containerLogMaxFiles?: number;
}

export interface RuntimeEntry {
  readonly name: string;
  /** Does the runtime speak on this kind of endpoint? The first entry that says yes is taken. */
  readonly serves: (endpoint: string) => boolean;
  readonly create: (config: RuntimeConfig, deps: Pick<Deps, 'clock' | 'log'>) => ContainerRuntime;
}

export const REGISTRY: readonly RuntimeEntry[] = [
  {
    name: 'docker',
    serves: (endpoint) => endpoint === '' || endpoint.includes('docker') || /^(tcp|https?):/.test(endpoint),
    create: (config, deps) =>
      createDockerRuntime(
        {
          ...config,
          logMaxSize: config.containerLogMaxSize && String(quantityValue(config.containerLogMaxSize)),
          logMaxFiles: config.containerLogMaxFiles,
        },
        deps,
      ),
  },
];
