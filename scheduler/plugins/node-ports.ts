import { definePlugin, fits, rejected } from '../framework/plugin.ts';
import { hostPortsOf, type NodeInfo } from '../snapshot/node-info.ts';

const taken = rejected("node(s) didn't have free ports for the requested pod ports");

/** Two pods cannot have the same host port; an address of 0.0.0.0 stands for all. */
export const nodePorts = definePlugin<readonly string[]>({
  name: 'NodePorts',
  prepareFilter: (pod) => {
    const ports = hostPortsOf(pod);
    return ports.length > 0 ? ports : undefined;
  },
  filter: (_pod, info, wanted) => (wanted.some((port) => isTaken(port, info)) ? taken : fits),
});

function isTaken(port: string, { hostPorts }: NodeInfo): boolean {
  if (hostPorts.has(port)) return true;
  const [ip, protocol, number] = port.split(' ');
  if (ip !== '0.0.0.0') return hostPorts.has(`0.0.0.0 ${protocol} ${number}`);
  for (const other of hostPorts.keys()) if (other.endsWith(` ${protocol} ${number}`)) return true;
  return false;
}
