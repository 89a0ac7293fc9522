import { InputError } from '../../errors.js';
import { readInstanceTypes } from '../../files/profile/hardware-file.js';
import type { Hardware } from '../../model/hardware.js';
import { packModel } from '../../model/pack-model.js';
import { loadPackSolver, type PackSolver } from '../../planner/pack/pack-solver.js';

/** The solver for `--pack`, over the instances that the hardware file lists or implies. */
export async function packSolverOf(hardware: readonly Hardware[], hardwarePath: string): Promise<PackSolver> {
  const model = packModel(hardware, readInstanceTypes(hardwarePath));
  try {
    return await loadPackSolver(model);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND') {
      throw new InputError('PACKAGE', '--pack needs the package highs, which is not installed', 'npm install highs');
    }
    throw error;
  }
}
