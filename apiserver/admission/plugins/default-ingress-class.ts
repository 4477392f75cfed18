import { ingressClasses } from '../../../api/resources/networking/ingress-class.ts';
import type { Ingress } from '../../../api/schema/generated/networking-v1.ts';
import type { AdmissionDeps, AdmissionPlugin } from '../admission.ts';
import { newestMarked } from '../default-class.ts';
import { isResource } from '../pods.ts';

/** An ingress that names no class, nor has the annotation that once did, gets the default one. */
export function createDefaultIngressClass({ cache }: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'DefaultIngressClass',
    handles: ({ operation, row, subresource }) =>
      operation === 'CREATE' && subresource === '' && isResource(row, 'networking.k8s.io', 'ingresses'),
    admit: ({ object }) => {
      const ingress = object as unknown as Ingress;
      if (ingress.spec?.ingressClassName !== undefined) return;
      if (ingress.metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined) return;
      const found = newestMarked(cache.list(ingressClasses), ['ingressclass.kubernetes.io/is-default-class']);
      if (found) ingress.spec = { ...ingress.spec, ingressClassName: found.metadata.name };
    },
  };
}
