import { describe, expect, it } from 'vitest';
import { readHardwareFile } from '../../../src/files/profile/hardware-file.js';
import { temporaryFolder } from '../../helpers/folder.js';

const folder = temporaryFolder();

const VALID = `\
version: 1
hardware:
  - name: t4
    kind: gpu
    price_usd_per_hour: 0.526
    instance: g4dn.xlarge
    share: 0.5
    activation_delay: 8s
    inventory: 8
    price_as_of: 2026-07-20
    source: a price list
  - { name: cpu-1, kind: cpu, price_usd_per_hour: 0.03825 }
`;

describe('readHardwareFile', () => {
  it('reads every key, and takes 5 s for the activation delay where none is given', () => {
    expect(readHardwareFile(folder.write('hardware.yaml', VALID))).toEqual([
      {
        name: 't4',
        kind: 'gpu',
        costUsdPerHour: 0.526,
        instance: 'g4dn.xlarge',
        share: 0.5,
        inventory: 8,
        activationDelayMs: 8000,
      },
      { name: 'cpu-1', kind: 'cpu', costUsdPerHour: 0.03825, activationDelayMs: 5000 },
    ]);
  });

  it.each([
    ['no price', ', price_usd_per_hour: 0.03825', '', 'hardware.yaml:12: hardware[1].price_usd_per_hour is missing'],
    [
      'a price of zero',
      '0.03825',
      '0',
      'hardware.yaml:12: hardware[1].price_usd_per_hour = 0, must be between 0.000001 and 1000000',
    ],
    [
      'a price that is no number',
      '0.03825',
      '.nan',
      'hardware.yaml:12: hardware[1].price_usd_per_hour = NaN, must be between 0.000001 and 1000000',
    ],
    [
      'a price without end',
      '0.03825',
      '.inf',
      'hardware.yaml:12: hardware[1].price_usd_per_hour = Infinity, must be between 0.000001 and 1000000',
    ],
    [
      'a kind that is not known',
      'kind: gpu',
      'kind: tpu',
      'hardware.yaml:4: hardware[0].kind = tpu, must be one of cpu, gpu, accelerator (did you mean cpu?)',
    ],
    [
      'a share above 1',
      '0.5\n',
      '1.5\n',
      'hardware.yaml:7: hardware[0].share = 1.5, must be more than 0 and at most 1',
    ],
    [
      'an activation delay without a unit',
      '8s',
      '8',
      'hardware.yaml:8: hardware[0].activation_delay = 8, must be a duration with a unit, such as 200ms or 1.5s',
    ],
    [
      'part of a replica',
      'inventory: 8',
      'inventory: 1.5',
      'hardware.yaml:9: hardware[0].inventory = 1.5, must be an integer between 0 and 1000000',
    ],
    [
      'a date in words',
      '2026-07-20',
      'last July',
      'hardware.yaml:10: hardware[0].price_as_of = "last July", must be a date such as 2026-07-20',
    ],
    [
      'two kinds of one name',
      'name: cpu-1',
      'name: t4',
      'hardware.yaml:12: hardware[1].name = t4, must be unique: hardware[0] has the same name',
    ],
    [
      'a key that is nearly right',
      'inventory',
      'inventry',
      'hardware.yaml:9: hardware[0].inventry is not a known key (did you mean inventory?)',
    ],
    ['another version', 'version: 1', 'version: 3', 'hardware.yaml:1: version = 3, must be 1'],
  ])('refuses %s', (_name, from, to, problem) => {
    expect(VALID).toContain(from);
    const path = folder.write('hardware.yaml', VALID.replace(from, to));
    expect(folder.refusalOf(() => readHardwareFile(path)).problems).toEqual([problem]);
  });
});
