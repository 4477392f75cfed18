import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ServicePort } from '../../service-table.ts';
import { servicePort } from '../service-port.fixture.ts';
import { staleUdpFlows } from './stale-flows.ts';

const dns = (endpoints: string[], extra: Partial<ServicePort> = {}): ServicePort =>
  servicePort(endpoints, { name: 'kube-system/dns', protocol: 'UDP', port: 53, ...extra });

const cases: Record<string, [before: ServicePort[], after: ServicePort[], flows: string[]]> = {
  'nothing where nothing changed': [[dns(['1.1.1.1:53'])], [dns(['1.1.1.1:53'])], []],
  'flows to an endpoint that is gone': [
    [dns(['1.1.1.1:53', '1.1.1.2:53'], { nodePort: 30053 })],
    [dns(['1.1.1.2:53'], { nodePort: 30053 })],
    ['--orig-dst 10.199.0.10 --dst-nat 1.1.1.1', '--orig-port-dst 30053 --dst-nat 1.1.1.1'],
  ],
  'flows to all endpoints of a service that is gone': [
    [dns(['1.1.1.1:53'], { externalIps: ['192.0.2.1'] })],
    [],
    ['--orig-dst 10.199.0.10 --dst-nat 1.1.1.1', '--orig-dst 192.0.2.1 --dst-nat 1.1.1.1'],
  ],
  'flows to nowhere once there are endpoints': [
    [dns([])],
    [dns(['1.1.1.1:53'])],
    ['--orig-dst 10.199.0.10 --orig-port-dst 53'],
  ],
  'nothing of TCP': [[servicePort(['1.1.1.1:80'])], [], []],
};

describe('staleUdpFlows', () => {
  for (const [what, [before, after, flows]] of Object.entries(cases))
    it(`names ${what}`, () =>
      assert.deepEqual(
        staleUdpFlows(before, after).map((args) => args.join(' ')),
        flows,
      ));
});
