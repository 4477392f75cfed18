import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Errors } from '../../meta/field-checks.ts';
import type { Volume } from '../../schema/generated/core-v1.ts';
import { tokenVolume } from './token-volume.ts';
import { validateVolumes } from './volume-validation.ts';
import { warnOfVolumes } from './volume-warnings.ts';

describe('the volume that pods have their token from', () => {
  const copy = (): Volume => ({ name: 'token', projected: structuredClone(tokenVolume) });
  const found = (volume: Volume): [Errors, string[]] => {
    const errors: Errors = [];
    const warnings: string[] = [];
    validateVolumes([volume], { name: 'pod' }, 'spec.volumes', errors);
    warnOfVolumes([volume], 'spec.volumes', warnings);
    return [errors, warnings];
  };

  it('is what the checks it is spared find nothing in', () => {
    assert.deepEqual(found(copy()), [[], []]);
    assert.deepEqual(found({ name: 'token', projected: tokenVolume }), [[], []]);
  });

  it('stands alone', () => {
    const [copied, same] = [copy(), { name: 'token', projected: tokenVolume }].map((volume) =>
      found({ ...volume, emptyDir: {} }),
    );
    assert.equal(copied![0].length, 1);
    assert.deepEqual(same, copied);
  });

  it('cannot be changed for all pods by what looks at one', () => {
    assert.throws(() => (tokenVolume.defaultMode = 0o777), TypeError);
    assert.throws(() => (tokenVolume.sources![0]!.serviceAccountToken!.path = '..'), TypeError);
  });
});
