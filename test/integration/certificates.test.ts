import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { certificateSigningRequests } from '../../api/resources/certificates/certificate-signing-request.ts';
import type {
  CertificateSigningRequest,
  CertificateSigningRequestSpec,
} from '../../api/schema/generated/certificates-v1.ts';
import type { Client } from '../../client/client.ts';
import { createCertificateAuthority, isPair, writeKeyPair, type KeyPair } from '../../component/certificates.ts';
import { systemClock as clock } from '../../component/clock.ts';
import { systemRandom as random } from '../../component/random.ts';
import { createSigningRequest } from '../../component/signing-request.ts';
import { requestApprovingController } from '../../controllers/certificates/request-approving.ts';
import { requestCleaner, whyOver } from '../../controllers/certificates/request-cleaner.ts';
import { requestSigningController } from '../../controllers/certificates/request-signing.ts';
import { bindGroups } from '../support/bind-groups.ts';
import { startTestControllers, type TestControllers } from '../support/controllers.ts';
import { eventually } from '../support/eventually.ts';

const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet';
const clientUsages = ['digital signature', 'client auth'];
const bootstrapper = { name: 'system:bootstrap:abcdef', groups: ['system:bootstrappers'] };
const node = { commonName: 'system:node:n1', organizations: ['system:nodes'] };

describe('certificate requests', () => {
  let folder: string;
  let authority: KeyPair;
  let cluster: TestControllers;
  let client: Client;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'k8ts-certificates-'));
    authority = await createCertificateAuthority({ commonName: 'kubernetes' }, { clock, random });
    const files = { certificateFile: join(folder, 'ca.crt'), keyFile: join(folder, 'ca.key') };
    await writeKeyPair(files, authority);
    cluster = await startTestControllers([requestApprovingController, requestSigningController, requestCleaner], {
      config: { clusterSigningCertFile: files.certificateFile, clusterSigningKeyFile: files.keyFile },
    });
    client = cluster.client;
    const requests = 'system:certificates.k8s.io:certificatesigningrequests';
    await bindGroups(client, [
      ['system:node-bootstrapper', 'system:bootstrappers'],
      ['system:node-bootstrapper', 'system:nodes'],
      [`${requests}:nodeclient`, 'system:bootstrappers'],
      [`${requests}:selfnodeclient`, 'system:nodes'],
    ]);
  });
  after(async () => {
    await cluster?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const ask = async (
    name: string,
    wanted: Parameters<typeof createSigningRequest>[0],
    spec: Partial<CertificateSigningRequestSpec>,
    user: { readonly name: string; readonly groups: readonly string[] } = bootstrapper,
  ): Promise<string> => {
    const { request, privateKey } = await createSigningRequest(wanted);
    const body: Partial<CertificateSigningRequest> = {
      kind: 'CertificateSigningRequest',
      apiVersion: 'certificates.k8s.io/v1',
      metadata: { name },
      spec: {
        request: Buffer.from(request).toString('base64'),
        signerName: kubeletClient,
        usages: clientUsages,
        ...spec,
      },
    };
    const answer = await client.raw({
      method: 'POST',
      path: '/apis/certificates.k8s.io/v1/certificatesigningrequests',
      headers: {
        'content-type': 'application/json',
        'impersonate-user': user.name,
        'impersonate-group': user.groups[0] ?? '',
      },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 201, await answer.text());
    return privateKey;
  };
  const until = (name: string, what: string, check: (request: CertificateSigningRequest) => unknown) =>
    eventually(`${name}: ${what}`, async () => {
      const request = await client.get(certificateSigningRequests, { name });
      return check(request) ? request : undefined;
    });
  const issued = async (name: string): Promise<X509Certificate> => {
    const { status } = await until(name, 'issued', (request) => request.status?.certificate);
    return new X509Certificate(Buffer.from(status!.certificate!, 'base64'));
  };
  const failed = async (name: string): Promise<string | undefined> => {
    const { status } = await until(name, 'failed', (request) => request.status?.conditions?.some(({ type }) => type === 'Failed')); // prettier-ignore
    return status!.conditions!.find(({ type }) => type === 'Failed')!.message;
  };
  const decide = async (name: string, type: 'Approved' | 'Denied'): Promise<void> => {
    const request = await client.get(certificateSigningRequests, { name });
    request.status = { conditions: [{ type, status: 'True', reason: 'ByHand', message: 'by the test' }] };
    await client.update(certificateSigningRequests, request, { subresource: 'approval' });
  };

  it('of a new node are approved and signed by themselves', async () => {
    const privateKey = await ask('join', node, { expirationSeconds: 3600 });
    const certificate = await issued('join');
    assert.ok(certificate.checkIssued(new X509Certificate(authority.certificate)));
    assert.ok(certificate.verify(new X509Certificate(authority.certificate).publicKey));
    assert.ok(isPair({ certificate: certificate.toString(), privateKey }));
    assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:n1');
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
    assert.equal(certificate.ca, false);
    const lifeMs = certificate.validToDate.getTime() - clock.now();
    assert.ok(lifeMs <= 3_600_000 && lifeMs > 3_000_000, `${lifeMs} ms`);
    const { status } = await client.get(certificateSigningRequests, { name: 'join' });
    assert.equal(
      status!.conditions![0]!.message,
      'Auto approving kubelet client certificate after SubjectAccessReview.',
    );
  });

  it('of a node for itself are renewed, for another node are not', async () => {
    const self = { name: 'system:node:n1', groups: ['system:nodes'] };
    await ask('renew', node, {}, self);
    await issued('renew');
    const { status } = await client.get(certificateSigningRequests, { name: 'renew' });
    assert.match(status!.conditions![0]!.message!, /^Auto approving self kubelet client certificate/);
    await ask('steal', { ...node, commonName: 'system:node:n2' }, {}, self);
    await ask('after-steal', node, {}, self);
    await issued('after-steal');
    assert.deepEqual((await client.get(certificateSigningRequests, { name: 'steal' })).status, {});
  });

  const notKubelets: [string, Parameters<typeof ask>[1], Partial<CertificateSigningRequestSpec>][] = [
    ['a master', { commonName: 'system:node:n1', organizations: ['system:masters'] }, {}],
    ['two groups', { ...node, organizations: ['system:nodes', 'system:masters'] }, {}],
    ['another name', { ...node, commonName: 'admin' }, {}],
    ['a serving certificate', { ...node, dnsNames: ['n1'] }, {}],
    ['another purpose', node, { usages: [...clientUsages, 'server auth'] }],
  ];
  for (const [i, [what, wanted, spec]] of notKubelets.entries())
    it(`for ${what} wait for a person, and are not signed even when one agrees`, async () => {
      await ask(`no-${i}`, wanted, spec);
      await decide(`no-${i}`, 'Approved');
      assert.match((await failed(`no-${i}`))!, /subject|usages|subjectAltNames/);
      assert.equal((await client.get(certificateSigningRequests, { name: `no-${i}` })).status!.certificate, undefined);
    });

  it('for what a kubelet serves with wait for a person, and name the node that asks', async () => {
    const serving = { signerName: 'kubernetes.io/kubelet-serving', usages: ['digital signature', 'server auth'] };
    const wanted = { ...node, dnsNames: ['n1'], ipAddresses: ['10.0.0.1'] };
    await ask('serving', wanted, serving, { name: 'system:node:n1', groups: ['system:nodes'] });
    await decide('serving', 'Approved');
    const certificate = await issued('serving');
    assert.equal(certificate.subjectAltName, 'DNS:n1, IP Address:10.0.0.1');
    await ask('serving-other', wanted, serving, { name: 'system:node:n2', groups: ['system:nodes'] });
    await decide('serving-other', 'Approved');
    assert.match((await failed('serving-other'))!, /requested user is not the subject/);
  });

  it('of users are signed once approved, and not when denied', async () => {
    const spec = { signerName: 'kubernetes.io/kube-apiserver-client' };
    await ask('jane', { commonName: 'jane', organizations: ['dev'] }, spec);
    await ask('joe', { commonName: 'joe' }, spec);
    await decide('joe', 'Denied');
    await decide('jane', 'Approved');
    assert.equal((await issued('jane')).subject, 'O=dev\nCN=jane');
    assert.equal((await client.get(certificateSigningRequests, { name: 'joe' })).status!.certificate, undefined);
  });

  it('of other signers are left to them', async () => {
    await ask('theirs', { commonName: 'x' }, { signerName: 'example.com/signer' });
    await decide('theirs', 'Approved');
    await ask('ours', node, {});
    await issued('ours');
    assert.equal((await client.get(certificateSigningRequests, { name: 'theirs' })).status!.certificate, undefined);
  });

  it('go when they are done with', async () => {
    const { status, ...request } = await client.get(certificateSigningRequests, { name: 'join' });
    const now = clock.now();
    const at = (ms: number): string => new Date(now - ms).toISOString();
    const hour = 3_600_000;
    const condition = (type: string, ms: number) => ({
      conditions: [{ type, status: 'True', lastUpdateTime: at(ms) }],
    });
    const cases: [Partial<CertificateSigningRequest>, string | undefined][] = [
      [{ status: { ...status, ...condition('Approved', 0.9 * hour) } }, undefined],
      [{ status: { ...status, ...condition('Approved', 1.1 * hour) } }, 'the certificate was issued a while ago'],
      [{ status: condition('Denied', 0.9 * hour) }, undefined],
      [{ status: condition('Denied', 1.1 * hour) }, 'the request was denied a while ago'],
      [{ status: condition('Failed', 1.1 * hour) }, 'the request failed a while ago'],
      [{ metadata: { creationTimestamp: at(23 * hour) } }, undefined],
      [{ metadata: { creationTimestamp: at(25 * hour) } }, 'nobody has decided for a day'],
    ];
    for (const [change, expected] of cases)
      assert.equal(whyOver({ ...request, metadata: { ...request.metadata, creationTimestamp: at(0) }, ...change }, now), expected); // prettier-ignore
    const over = { ...request, status: { ...status, conditions: [] } };
    assert.equal(whyOver(over, now + 2 * hour), 'the certificate is over');
  });
});
