import { networkInterfaces } from 'node:os';
import type { FlagValues } from '../component/flags.ts';
import type { ConfigSection } from './config/config-section.ts';
import { ignoredFlags } from './config/ignored-flags.ts';
import { configSections } from './config/index.ts';

/** Every member of a union at once. */
type All<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

type Sections = (typeof configSections)[number];
type OwnFlags = { [K in keyof All<Sections['flags']>]: All<Sections['flags']>[K] };

/** The flags that mean something here, under upstream's names. */
const ownFlags = merged(configSections.map((section) => section.flags)) as OwnFlags;

/** All that the command line takes. */
export const flags: OwnFlags = { ...ignoredFlags, ...ownFlags };

export type ApiServerFlags = FlagValues<OwnFlags>;

/** What an API server needs to know, apart from sockets and the store. */
export type ApiServerConfig = All<Sections['defaults']> & {
  /** Where others reach this server: the endpoint of the service `kubernetes`. */
  readonly advertise: { readonly address: string; readonly port: number };
};

export const defaultConfig: ApiServerConfig = {
  ...(merged(configSections.map((section) => section.defaults)) as All<Sections['defaults']>),
  // Of RFC 5737: endpoints may not be on the loopback.
  advertise: { address: '192.0.2.1', port: 6443 },
};

/** The configuration that flags say. @throws FlagError where they contradict themselves */
export function configOf(values: ApiServerFlags): ApiServerConfig {
  const sections: readonly ConfigSection[] = configSections;
  return {
    ...(merged(sections.map((section) => section.configOf(values))) as All<Sections['defaults']>),
    advertise: { address: values.advertiseAddress ?? ownAddress(values.bindAddress), port: values.securePort },
  };
}

function merged(parts: readonly object[]): object {
  return Object.assign({}, ...parts) as object;
}

/** Where others may reach a server that listens on all addresses, or on the loopback: the host's first other address. */
function ownAddress(bindAddress: string): string {
  if (!['0.0.0.0', '::', '::1'].includes(bindAddress) && !bindAddress.startsWith('127.')) return bindAddress;
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? '127.0.0.1';
}
