import type {
  CertificateSigningRequest,
  CertificateSigningRequestSpec,
} from '../../schema/generated/certificates-v1.ts';
import { humanDuration } from '../../meta/duration.ts';
import { none } from '../../meta/printers.ts';
import { ageColumn, nameColumn } from '../columns.ts';
import { keepSpec, keepStatus, nullConditionTimes } from '../strategy.ts';
import { formatTime } from '../../meta/time.ts';
import { nameIsPathSegment } from '../../meta/names.ts';
import { validateRequest, validateRequestStatusUpdate, validateRequestUpdate } from './request-validation.ts';
import { defineResource, type WriteContext } from '../define-resource.ts';

export const certificateSigningRequests = defineResource<CertificateSigningRequest>({
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  shortNames: ['csr'],
  scope: 'Cluster',
  typeName: 'io.k8s.api.certificates.v1.CertificateSigningRequest',
  storagePrefix: 'certificatesigningrequests',
  resetFields: { '': [['spec'], ['status']], status: [['spec'], ['status', 'conditions']] },
  storageVersionHash: '95fRKMXA+00=',
  subresources: {
    approval: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
    status: { kind: 'CertificateSigningRequest', verbs: ['get', 'patch', 'update'] },
  },
  setDefaults: setRequestDefaults,
  prepareForCreate: (request, context) => {
    request.status = {};
    setRequestor(request.spec, context?.user);
  },
  prepareForUpdate: keepSpecAndStatus,
  prepareForStatusUpdate: prepareStatus,
  validateName: nameIsPathSegment,
  validate: validateRequest,
  validateUpdate: validateRequestUpdate,
  validateStatusUpdate: validateRequestStatusUpdate,
  columns: [
    nameColumn,
    ageColumn,
    {
      name: 'SignerName',
      type: 'string',
      description:
        'Requested signer for the request. It is a qualified name in the form: `scope-hostname.io/name`. If empty, it will be defaulted:\n 1. If it\'s a kubelet client certificate, it is assigned\n    "kubernetes.io/kube-apiserver-client-kubelet".\n 2. If it\'s a kubelet serving certificate, it is assigned\n    "kubernetes.io/kubelet-serving".\n 3. Otherwise, it is assigned "kubernetes.io/legacy-unknown".\nDistribution of trust for signers happens out of band. You can select on this field using `spec.signerName`.',
      cell: (request) => request.spec.signerName || none,
    },
    {
      name: 'Requestor',
      type: 'string',
      description: 'Base64-encoded PKCS#10 CSR data',
      cell: (request) => request.spec.username ?? '',
    },
    {
      name: 'RequestedDuration',
      type: 'string',
      description:
        'expirationSeconds is the requested duration of validity of the issued certificate. The certificate signer may issue a certificate with a different validity duration so a client must check the delta between the notBefore and and notAfter fields in the issued certificate to determine the actual duration.\n\nThe v1.22+ in-tree implementations of the well-known Kubernetes signers will honor this field as long as the requested duration is not greater than the maximum duration they will honor per the --cluster-signing-duration CLI flag to the Kubernetes controller manager.\n\nCertificate signers may not honor this field for various reasons:\n\n  1. Old signer that is unaware of the field (such as the in-tree\n     implementations prior to v1.22)\n  2. Signer whose configured maximum is shorter than the requested duration\n  3. Signer whose configured minimum is longer than the requested duration\n\nThe minimum valid value for expirationSeconds is 600, i.e. 10 minutes.',
      cell: ({ spec }) => (spec.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000)),
    },
    {
      name: 'Condition',
      type: 'string',
      description: 'Conditions applied to the request, such as approval or denial.',
      cell: formatCondition,
    },
  ],
  selectableFields: {
    'spec.signerName': (request) => request.spec.signerName,
  },
});

function formatCondition({ status }: CertificateSigningRequest): string {
  const has = (type: string): boolean => status?.conditions?.some((condition) => condition.type === type) ?? false;
  let text = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  if (has('Failed')) text += ',Failed';
  if (status?.certificate) text += ',Issued';
  return text;
}

function setRequestDefaults(request: CertificateSigningRequest): void {
  request.spec ??= {} as CertificateSigningRequestSpec;
  request.status ??= {};
  nullConditionTimes(request.status, 'lastUpdateTime', 'lastTransitionTime');
}

/** Who asks is what the server knows, never what the client says. */
function setRequestor(spec: CertificateSigningRequestSpec, user: WriteContext['user']): void {
  delete spec.username;
  delete spec.uid;
  delete spec.groups;
  delete spec.extra;
  if (!user) return;
  spec.username = user.name;
  if (user.uid) spec.uid = user.uid;
  if (user.groups.length > 0) spec.groups = [...user.groups];
  const extra = Object.entries(user.extra).map(([key, values]): [string, string[]] => [key, [...values]]);
  if (extra.length > 0) spec.extra = Object.fromEntries(extra);
}

function keepSpecAndStatus(next: CertificateSigningRequest, old: CertificateSigningRequest): void {
  keepSpec(next, old);
  keepStatus(next, old);
}

/** The signer writes the certificate; to approve or deny is another endpoint. */
function prepareStatus(next: CertificateSigningRequest, old: CertificateSigningRequest, context?: WriteContext): void {
  keepSpec(next, old);
  for (const type of ['Approved', 'Denied']) keepConditions(next, old, type);
  stampConditions(next, old, context);
}

/** Those of the type are as they were; where there are more or fewer, validation says so. */
function keepConditions(next: CertificateSigningRequest, old: CertificateSigningRequest, type: string): void {
  const before = old.status?.conditions?.filter((condition) => condition.type === type) ?? [];
  const conditions = next.status?.conditions ?? [];
  const indices = [...conditions.keys()].filter((index) => conditions[index]!.type === type);
  if (indices.length !== before.length) return;
  for (const [i, index] of indices.entries()) conditions[index] = before[i]!;
}

/** For updates of `/approval`: everything but the conditions is kept, and those carry when they were set. */
export function prepareApproval(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
  context?: WriteContext,
): void {
  keepSpec(next, old);
  next.status = { ...old.status, conditions: next.status?.conditions };
  stampConditions(next, old, context);
}

function stampConditions(
  next: CertificateSigningRequest,
  old: CertificateSigningRequest,
  context: WriteContext | undefined,
): void {
  if (!context) return;
  const now = formatTime(context.nowMs);
  for (const condition of next.status?.conditions ?? []) {
    condition.lastUpdateTime ??= now;
    if (condition.lastTransitionTime) continue;
    const before = old.status?.conditions?.find(({ type }) => type === condition.type);
    condition.lastTransitionTime =
      before?.status === condition.status && before.lastTransitionTime ? before.lastTransitionTime : now;
  }
}
