import type { KubeObject } from '../../api/meta/object.ts';
import type { Deployment } from '../../api/schema/generated/apps-v1.ts';
import type { Service, ServiceAccount } from '../../api/schema/generated/core-v1.ts';
import type { ClusterRole, ClusterRoleBinding } from '../../api/schema/generated/rbac-v1.ts';
import { addressInRange, type ClusterConfig } from '../cluster-config.ts';

const name = 'cluster-dns';
const namespace = 'kube-system';
/** The label by which dashboards and scripts find the DNS of any cluster. */
const labels = { 'k8s-app': 'kube-dns' };
const ports = { dns: 53, metrics: 9153, health: 8080, ready: 8181 };

/** The objects of the cluster DNS add-on: a Deployment behind the Service `kube-dns`, at the tenth address of the service range. */
export function clusterDnsObjects(
  config: Pick<ClusterConfig, 'serviceClusterIpRange' | 'clusterDomain'>,
  image: string,
): KubeObject[] {
  const clusterIP = addressInRange(config.serviceClusterIpRange, 10);
  const metadata = { name, namespace, labels: { ...labels, 'app.kubernetes.io/managed-by': 'k8ts' } };
  const serviceAccount: ServiceAccount = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
  const role: ClusterRole = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: `k8ts:${name}`, labels: metadata.labels },
    rules: [
      { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
    ],
  };
  const binding: ClusterRoleBinding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: role.metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role.metadata.name! },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      name: 'kube-dns',
      namespace,
      labels: { ...metadata.labels, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
      annotations: { 'prometheus.io/scrape': 'true', 'prometheus.io/port': String(ports.metrics) },
    },
    spec: {
      selector: labels,
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [
        { name: 'dns', port: ports.dns, protocol: 'UDP', targetPort: ports.dns },
        { name: 'dns-tcp', port: ports.dns, protocol: 'TCP', targetPort: ports.dns },
        { name: 'metrics', port: ports.metrics, protocol: 'TCP', targetPort: ports.metrics },
      ],
    },
  };
  return [serviceAccount, role, binding, service, deployment(metadata, config.clusterDomain, image)];
}

function deployment(metadata: Deployment['metadata'], clusterDomain: string, image: string): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          priorityClassName: 'system-cluster-critical',
          dnsPolicy: 'Default', // it forwards to the resolvers of the host
          tolerations: [
            { key: 'CriticalAddonsOnly', operator: 'Exists' },
            { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' },
          ],
          containers: [
            {
              name: 'dns',
              image,
              imagePullPolicy: 'IfNotPresent',
              args: [
                `--cluster-domain=${clusterDomain}`,
                `--port=${ports.dns}`,
                `--metrics-port=${ports.metrics}`,
                `--health-port=${ports.health}`,
                `--ready-port=${ports.ready}`,
              ],
              ports: [
                { name: 'dns', containerPort: ports.dns, protocol: 'UDP' },
                { name: 'dns-tcp', containerPort: ports.dns, protocol: 'TCP' },
                { name: 'metrics', containerPort: ports.metrics, protocol: 'TCP' },
              ],
              resources: { requests: { cpu: '100m', memory: '70Mi' }, limits: { memory: '256Mi' } },
              livenessProbe: {
                httpGet: { path: '/health', port: ports.health },
                initialDelaySeconds: 10,
                failureThreshold: 5,
              },
              readinessProbe: { httpGet: { path: '/ready', port: ports.ready }, periodSeconds: 2 },
              securityContext: {
                allowPrivilegeEscalation: false,
                capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
              },
            },
          ],
        },
      },
    },
  };
}
