import { dump } from 'js-yaml';
import { clusterPaths, type ClusterConfig } from '../cluster-config.ts';
import { componentCommands } from '../component-commands.ts';

/**
 * A Prometheus configuration that scrapes every component of a cluster on this host, a job each, with the certificate of
 * the group `system:monitoring` and the cluster's authority. `prometheus.yml` beside this file is the one of the defaults.
 */
export function prometheusConfig(config: ClusterConfig, options: { readonly scrapeInterval?: string } = {}): string {
  const { pkiFile } = clusterPaths(config.dataDir);
  const tls_config = {
    ca_file: pkiFile('ca.crt'),
    cert_file: pkiFile('prometheus-client.crt'),
    key_file: pkiFile('prometheus-client.key'),
  };
  return dump(
    {
      global: { scrape_interval: options.scrapeInterval ?? '15s' },
      scrape_configs: componentCommands(config).map(({ name, metricsUrl }) => {
        const url = new URL(metricsUrl);
        return {
          job_name: name,
          scheme: url.protocol.slice(0, -1),
          metrics_path: url.pathname,
          ...(url.protocol === 'https:' ? { tls_config } : {}),
          static_configs: [{ targets: [url.host], labels: { node: config.nodeName } }],
        };
      }),
    },
    { noRefs: true },
  );
}
