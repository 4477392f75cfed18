import { hasReason } from '../../api/meta/errors.ts';
import type { ObjectKey } from '../../api/meta/object.ts';
import { configMaps } from '../../api/resources/core/config-map.ts';
import type { ConfigMap } from '../../api/schema/generated/core-v1.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { isNamespaceTerminating } from '../framework/namespace-terminating.ts';
import { defineController, done, watch } from '../framework/define-controller.ts';

const name = 'kube-root-ca.crt';
const annotations = {
  'kubernetes.io/description':
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
};

/** Keeps the API server's authority in every namespace as config map `kube-root-ca.crt`, for the volumes of pods. */
export const rootCaPublisher = defineController({
  name: 'root-ca-certificate-publisher-controller',
  serviceAccount: 'root-ca-cert-publisher',
  queueName: 'root_ca_cert_publisher',
  reconciles: namespaces,
  watches: [
    watch(configMaps, (configMap) =>
      configMap.metadata.name === name ? [configMap.metadata.namespace as ObjectKey] : [],
    ),
  ],
  create: ({ client, lister, config }) => {
    const namespaceLister = lister(namespaces);
    const configMapLister = lister(configMaps);
    return async (key, signal) => {
      const namespace = namespaceLister.get(key);
      if (!config.rootCa || !namespace || namespace.status?.phase === 'Terminating') return done;
      const there = configMapLister.get(`${key}/${name}`);
      const data = { 'ca.crt': config.rootCa };
      if (there && there.data?.['ca.crt'] === config.rootCa && Object.keys(there.data).length === 1) return done;
      try {
        if (!there)
          await client.create(configMaps, { metadata: { namespace: key, name, annotations }, data }, { signal });
        else await client.update(configMaps, { ...(there as ConfigMap), data }, { signal });
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists', 'NotFound') && !isNamespaceTerminating(error)) throw error;
      }
      return done;
    };
  },
});
