import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Ruleset } from './plan-rules.ts';
import { parseSaved, restoreText } from './restore-text.ts';

const nat = (chains: Record<string, string[]>): Ruleset => ({
  nat: new Map(Object.entries(chains)),
  filter: new Map(),
});
const nothing = { nat: [], filter: [] };

describe('restoreText', () => {
  it('is empty where nothing differs', () => {
    const same = nat({ A: ['-j B'], B: [] });
    assert.equal(
      restoreText({ desired: same, programmed: nat({ A: ['-j B'], B: [] }), leftOver: nothing, jumps: [] }),
      '',
    );
  });

  it('writes chains that are new or differ, removes those that nobody wants, leaves the rest alone', () => {
    const text = restoreText({
      desired: nat({ SAME: ['-j X'], NEW: ['-j RETURN'], CHANGED: ['-j NEW'] }),
      programmed: nat({ SAME: ['-j X'], CHANGED: ['-j OLD'], OLD: [] }),
      leftOver: { nat: ['ORPHAN', 'NEW'], filter: [] },
      jumps: [],
    });
    assert.equal(
      text,
      `*nat
:NEW - [0:0]
:CHANGED - [0:0]
:OLD - [0:0]
:ORPHAN - [0:0]
-A NEW -j RETURN
-A CHANGED -j NEW
-X OLD
-X ORPHAN
COMMIT
`,
    );
  });

  it('puts jumps at the front of chains that are not ours', () => {
    const jumps = [{ table: 'filter', from: 'INPUT', rule: '-j OURS' }] as const;
    const empty = nat({});
    assert.equal(
      restoreText({ desired: empty, programmed: empty, leftOver: nothing, jumps }),
      '*filter\n-I INPUT -j OURS\nCOMMIT\n',
    );
  });
});

describe('parseSaved', () => {
  it('reads chains and rules of what iptables-save prints', () => {
    const text = '# comment\n*nat\n:OUTPUT ACCEPT [0:0]\n:KUBE-SERVICES - [1:60]\n-A OUTPUT -j KUBE-SERVICES\nCOMMIT\n';
    assert.deepEqual(parseSaved(text), { chains: ['OUTPUT', 'KUBE-SERVICES'], rules: ['OUTPUT -j KUBE-SERVICES'] });
  });
});
