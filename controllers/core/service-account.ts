import { hasReason } from '../../api/meta/errors.ts';
import type { ObjectKey } from '../../api/meta/object.ts';
import { namespaces } from '../../api/resources/core/namespace.ts';
import { serviceAccounts } from '../../api/resources/core/service-account.ts';
import { isNamespaceTerminating } from '../framework/namespace-terminating.ts';
import { defineController, done, watch } from '../framework/define-controller.ts';

/** Keeps the account `default`, which pods run as where they name none, in every namespace that is not going away. */
export const serviceAccountController = defineController({
  name: 'serviceaccount-controller',
  serviceAccount: 'service-account-controller',
  queueName: 'serviceaccount',
  reconciles: namespaces,
  watches: [
    watch(serviceAccounts, (account) =>
      account.metadata.name === 'default' ? [account.metadata.namespace as ObjectKey] : [],
    ),
  ],
  create: ({ client, lister }) => {
    const namespaceLister = lister(namespaces);
    const accountLister = lister(serviceAccounts);
    return async (key, signal) => {
      const namespace = namespaceLister.get(key);
      if (!namespace || namespace.status?.phase === 'Terminating' || accountLister.get(`${key}/default`)) return done;
      try {
        await client.create(serviceAccounts, { metadata: { namespace: key, name: 'default' } }, { signal });
      } catch (error) {
        // Somebody was faster, or the namespace has begun to go: either way there is nothing left to do.
        if (!hasReason(error, 'AlreadyExists', 'NotFound') && !isNamespaceTerminating(error)) throw error;
      }
      return done;
    };
  },
});
