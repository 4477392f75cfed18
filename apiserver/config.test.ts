import assert from 'node:assert/strict';
import { parseFlags } from '../component/flags.ts';
import { configOf, flags } from './config.ts';
import { configSections } from './config/index.ts';

const valuesOf = (args: readonly string[]) => {
  const parsed = parseFlags(flags, args);
  assert.equal(parsed.kind, 'run');
  return parsed.values;
};

describe('the configuration of the API server', () => {
  it('takes each flag from one section only', () => {
    const names = configSections.flatMap((section) => Object.keys(section.flags));
    assert.deepEqual(
      names.filter((name, at) => names.indexOf(name) !== at),
      [],
    );
  });

  it('is made of the flags of all sections', () => {
    const config = configOf(
      valuesOf([
        '--advertise-address=192.0.2.7',
        '--secure-port=7443',
        '--service-account-issuer=https://issuer.example,https://former.example',
        '--authorization-mode=Node,RBAC',
        '--event-ttl=90s',
        '--etcd-compaction-interval=1m',
        '--request-timeout=5s',
      ]),
    );
    assert.deepEqual(config.advertise, { address: '192.0.2.7', port: 7443 });
    assert.deepEqual(config.authentication.apiAudiences, ['https://issuer.example']);
    assert.deepEqual(config.authorizationModes, ['Node', 'RBAC']);
    assert.equal(config.eventTtlSeconds, 90);
    assert.equal(config.compactionIntervalMs, 60_000);
    assert.equal(config.requestTimeoutMs, 5000);
  });

  for (const { args, message } of [
    { args: ['--goaway-chance=0.03'], message: '--goaway-chance can not be less than 0 or greater than 0.02' },
    { args: ['--request-timeout=0'], message: '--request-timeout can not be negative value' },
    {
      args: ['--max-requests-inflight=0', '--max-mutating-requests-inflight=0'],
      message:
        'invalid configuration: MaxRequestsInFlight=0 and MaxMutatingRequestsInFlight=0; they must add up to something positive',
    },
    {
      args: ['--service-account-signing-key-file=sa.key'],
      message: '--service-account-issuer must be specified with --service-account-signing-key-file',
    },
  ])
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(() => configOf(valuesOf(args)), { name: 'FlagError', message });
    });
});
