import { describe, expect, it } from 'vitest';
import { fidelityJson, formatFidelity } from '../../src/report/fidelity-report.js';
import { fidelityResult } from '../helpers/fidelity-result.js';

const PLAIN = { terminal: false, color: false };

describe('what validate prints', () => {
  it('is this text', async () => {
    await expect(formatFidelity(fidelityResult(), PLAIN)).toMatchFileSnapshot('../golden/report/fidelity.txt');
  });

  it('is this JSON', async () => {
    const json = fidelityJson(fidelityResult(), { tool: 'infer-plan', seed: 1 });
    await expect(json).toMatchFileSnapshot('../golden/report/fidelity.json');
  });

  it('warns where no run was undisturbed', () => {
    const { comparison, ...rest } = fidelityResult();
    const text = formatFidelity({ ...rest, comparison: { ...comparison, isClean: false } }, PLAIN);
    expect(text).toContain('Every run was disturbed');
  });
});
