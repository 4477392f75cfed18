import type {
  MutatingWebhookConfiguration,
  ValidatingWebhookConfiguration,
} from '../../schema/generated/admissionregistration-v1.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import type { Column } from '../define-resource.ts';

/** Of configurations of both kinds of webhooks. */
export const webhookColumns: readonly Column<MutatingWebhookConfiguration | ValidatingWebhookConfiguration>[] = [
  nameColumn,
  {
    name: 'Webhooks',
    type: 'integer',
    description: 'Webhooks indicates the number of webhooks registered in this configuration',
    cell: (configuration) => configuration.webhooks?.length ?? 0,
  },
  ageColumn,
];
