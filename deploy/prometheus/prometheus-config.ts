import { dump } from 'js-yaml';
import type { ClusterConfig } from '../cluster-config.ts';
import { componentCommands } from '../component-commands.ts';

/**
 * A Prometheus configuration that scrapes every component of a cluster on this host, a job each, with the certificate of
 * the group `system:monitoring` and the cluster's authority. `prometheus.yml` beside this file is the one of the defaults.
 */
export function prometheusConfig(config: ClusterConfig, options: { readonly scrapeInterval?: string } = {}): string {
  return dump(
    {
      global: { scrape_interval: options.scrapeInterval ?? '15s' },
      scrape_configs: componentCommands(config).map(({ name, metricsUrl, metricsTls }) => {
        const url = new URL(metricsUrl);
        return {
          job_name: name,
          scheme: url.protocol.slice(0, -1),
          metrics_path: url.pathname,
          ...(url.protocol === 'https:'
            ? {
                tls_config: {
                  ca_file: metricsTls.caFile,
                  cert_file: metricsTls.certificateFile,
                  key_file: metricsTls.keyFile,
                },
              }
            : {}),
          static_configs: [{ targets: [url.host], labels: { node: config.nodeName } }],
        };
      }),
    },
    { noRefs: true },
  );
}
