/** Cost of a configuration: Σ replicas × price per replica-hour, added in whole micro-dollars. */
import { InputError } from '../errors.js';
import { microUsd, usdFromMicro } from '../units.js';
import type { Configuration } from './configuration.js';
import type { Hardware } from './hardware.js';

/** Dollars per hour of a whole configuration. */
export function configurationCostUsd(configuration: Configuration, hardware: readonly Hardware[]): number {
  return usdFromMicro(configurationCostMicroUsd(configuration, hardware));
}

/** Whole micro-dollars per hour, for exact comparison. */
export function configurationCostMicroUsd(configuration: Configuration, hardware: readonly Hardware[]): number {
  return configuration.reduce((sum, { hardware: name, replicas }) => {
    return sum + replicas * microUsd(hardwareNamed(hardware, name).costUsdPerHour);
  }, 0);
}

/** Dollars per hour of the whole instance of which one replica takes a share. */
export function instanceCostUsd({ costUsdPerHour, share = 1 }: Hardware): number {
  return costUsdPerHour / share;
}

/** @throws InputError when no hardware has the name */
export function hardwareNamed(hardware: readonly Hardware[], name: string): Hardware {
  const found = hardware.find((h) => h.name === name);
  if (found === undefined) {
    const known = hardware.map((h) => h.name).join(', ');
    throw new InputError('HARDWARE_UNKNOWN', `hardware = ${name}, must be one of ${known}`);
  }
  return found;
}
