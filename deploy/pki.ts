import { createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { writeFileAtomic } from '../component/atomic-file.ts';
import {
  certificateExpiryMs,
  createCertificateAuthority,
  issueCertificate,
  readKeyPair,
  writeKeyPair,
  type IssueOptions,
  type KeyPair,
} from '../component/certificates.ts';
import type { Deps } from '../component/deps.ts';
import { addressInRange, clusterPaths, type ClusterConfig } from './cluster-config.ts';

/** A certificate of the cluster: its file name without ending, the authority that signs it and what it says. */
interface Certificate extends IssueOptions {
  readonly file: string;
  readonly signedBy: 'ca' | 'front-proxy-ca';
}

const renewBeforeMs = 30 * 86_400_000;

/**
 * Puts the keys and certificates of a cluster in place, under the names that kubeadm gives them: two authorities, a
 * serving or client certificate for every component, and the key that signs service-account tokens. What is there stays,
 * unless it ends within thirty days, lacks an address, or was signed by another authority. Returns the names of the files it wrote.
 */
export async function ensurePki(config: ClusterConfig, deps: Pick<Deps, 'clock' | 'random'>): Promise<string[]> {
  const paths = clusterPaths(config.dataDir);
  await mkdir(paths.pki, { recursive: true, mode: 0o700 });
  const written: string[] = [];
  const authorities = new Map<string, KeyPair>();
  for (const [file, commonName] of [
    ['ca', 'kubernetes'],
    ['front-proxy-ca', 'front-proxy-ca'],
  ] as const) {
    const files = { certificateFile: paths.pkiFile(`${file}.crt`), keyFile: paths.pkiFile(`${file}.key`) };
    let authority = await readKeyPair(files);
    if (!authority) {
      authority = await createCertificateAuthority({ commonName }, deps);
      await writeKeyPair(files, authority);
      written.push(file);
    }
    authorities.set(file, authority);
  }
  for (const { file, signedBy, ...options } of certificatesOf(config)) {
    const files = { certificateFile: paths.pkiFile(`${file}.crt`), keyFile: paths.pkiFile(`${file}.key`) };
    const authority = authorities.get(signedBy)!;
    const there = await readKeyPair(files);
    if (there && isStillGood(there, authority, options, deps.clock.now())) continue;
    await writeKeyPair(files, await issueCertificate(authority, options, deps));
    written.push(file);
  }
  if (!existsSync(paths.pkiFile('sa.key'))) {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await writeFileAtomic(paths.pkiFile('sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, {
      mode: 0o600,
    });
    written.push('sa');
  }
  const publicPem = createPublicKey(readFileSync(paths.pkiFile('sa.key'))).export({
    type: 'spki',
    format: 'pem',
  }) as string;
  if (!existsSync(paths.pkiFile('sa.pub')) || readFileSync(paths.pkiFile('sa.pub'), 'utf8') !== publicPem)
    await writeFileAtomic(paths.pkiFile('sa.pub'), publicPem, { mode: 0o644 });
  return written;
}

function certificatesOf(config: ClusterConfig): Certificate[] {
  const local = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
  const client = (file: string, commonName: string, organizations: string[] = []): Certificate => ({
    file,
    signedBy: 'ca',
    commonName,
    organizations,
    usages: ['client'],
  });
  const domain = config.clusterDomain;
  return [
    {
      file: 'apiserver',
      signedBy: 'ca',
      commonName: 'kube-apiserver',
      usages: ['server'],
      dnsNames: [
        ...new Set([
          'kubernetes',
          'kubernetes.default',
          'kubernetes.default.svc',
          `kubernetes.default.svc.${domain}`,
          'localhost',
          config.nodeName,
        ]),
      ],
      ipAddresses: [...new Set([addressInRange(config.serviceClusterIpRange, 1), config.nodeIp, '127.0.0.1'])],
    },
    {
      file: 'kubelet',
      signedBy: 'ca',
      commonName: `system:node:${config.nodeName}`,
      organizations: ['system:nodes'],
      usages: ['server'],
      dnsNames: [...new Set([config.nodeName, 'localhost'])],
      ipAddresses: [...new Set([config.nodeIp, '127.0.0.1'])],
    },
    {
      file: 'kube-controller-manager',
      signedBy: 'ca',
      commonName: 'kube-controller-manager',
      usages: ['server'],
      ...local,
    },
    { file: 'kube-scheduler', signedBy: 'ca', commonName: 'kube-scheduler', usages: ['server'], ...local },
    client('admin-client', 'kubernetes-admin', ['system:masters']),
    client('apiserver-kubelet-client', 'kube-apiserver-kubelet-client', ['system:masters']),
    client('kube-controller-manager-client', 'system:kube-controller-manager'),
    client('kube-scheduler-client', 'system:kube-scheduler'),
    client('kube-proxy-client', 'system:kube-proxy', ['system:node-proxier']),
    client('kubelet-client', `system:node:${config.nodeName}`, ['system:nodes']),
    client('prometheus-client', 'k8ts:prometheus', ['system:monitoring']),
    { ...client('front-proxy-client', 'front-proxy-client'), signedBy: 'front-proxy-ca' },
  ];
}

function isStillGood(there: KeyPair, authority: KeyPair, wanted: Omit<IssueOptions, 'days'>, nowMs: number): boolean {
  if (certificateExpiryMs(there.certificate) - nowMs < renewBeforeMs) return false;
  const certificate = new X509Certificate(there.certificate);
  if (!certificate.checkIssued(new X509Certificate(authority.certificate))) return false;
  if (!certificate.subject.split('\n').includes(`CN=${wanted.commonName}`)) return false;
  return (
    (wanted.dnsNames ?? []).every((dnsName) => certificate.checkHost(dnsName) !== undefined) &&
    (wanted.ipAddresses ?? []).every((address) => certificate.checkIP(address) !== undefined)
  );
}
