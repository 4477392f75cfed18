import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { flagTexts } from './flag-texts.ts';
import { defineFlags, parseFlags, type FlagValues } from './flags.ts';

const table = defineFlags({
  'bind-address': { kind: 'string', default: '0.0.0.0', description: '' },
  'cert-dir': { kind: 'string', description: '' },
  'secure-port': { kind: 'port', default: 6443, description: '' },
  'goaway-chance': { kind: 'float', description: '' },
  profiling: { kind: 'bool', default: true, description: '' },
  'event-ttl': { kind: 'duration', default: 3_600_000, description: '' },
  'etcd-servers': { kind: 'strings', description: '' },
  'tls-sni-cert-key': { kind: 'array', description: '' },
  'feature-gates': { kind: 'map', description: '' },
});

describe('the texts of flags', () => {
  it('are those of pflag, given or not', () => {
    const parsed = parseFlags(table, ['--etcd-servers=http://a,http://b', '--feature-gates=A=true,B=false']);
    assert.equal(parsed.kind, 'run');
    assert.deepEqual(flagTexts(table, (parsed as { values: FlagValues<typeof table> }).values), {
      'bind-address': '0.0.0.0',
      'cert-dir': '',
      'secure-port': '6443',
      'goaway-chance': '0',
      profiling: 'true',
      'event-ttl': '1h0m0s',
      'etcd-servers': '[http://a,http://b]',
      'tls-sni-cert-key': '[]',
      'feature-gates': 'A=true,B=false',
    });
  });
});
