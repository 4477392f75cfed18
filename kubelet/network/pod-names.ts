import type { ReadonlyPod } from '../pods/pod.ts';

export interface PodNames {
  readonly hostname: string;
  /** The pod's name in the cluster's DNS, where it has one. */
  readonly fullName?: string;
}

const maxHostname = 63;

/** What a pod calls itself: the name its spec asks for, else its own, cut to what a kernel takes. */
export function podNames(pod: ReadonlyPod, clusterDomain: string): PodNames {
  const { hostname: asked, subdomain, setHostnameAsFQDN, hostnameOverride } = pod.spec!;
  if (hostnameOverride) return { hostname: hostnameOverride };
  const hostname = asked || truncate(pod.metadata.name!);
  if (!subdomain) return { hostname };
  const fullName = `${hostname}.${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}`;
  if (!setHostnameAsFQDN) return { hostname, fullName };
  if (fullName.length > 64) {
    throw new Error(
      `failed to construct FQDN from pod hostname and cluster domain, FQDN ${fullName} is too long (64 characters is the max, ${fullName.length} characters requested)`,
    );
  }
  return { hostname: fullName, fullName };
}

/** Cut off, but never in the middle of what a host name may not end with. */
function truncate(name: string): string {
  return name.length <= maxHostname ? name : name.slice(0, maxHostname).replace(/[-.]+$/, '');
}
