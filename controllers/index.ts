import { rootCaPublisher } from './core/root-ca-publisher.ts';
import { serviceAccountController } from './core/service-account.ts';
import type { Controller } from './framework/define-controller.ts';

/** Every controller, in the order in which they are started. */
export const controllers = [serviceAccountController, rootCaPublisher] as const satisfies readonly Controller[];
