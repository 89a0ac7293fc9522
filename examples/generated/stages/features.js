/** Turns the query's `x` (512 numbers) into 384 features. */
import { FEATURES, featureNetwork, INPUT_SIZE } from '../networks.js';
import { networkStage } from './network-stage.js';

const SEED = 1;

export function createStage({ openModel }) {
  return networkStage({
    openModel,
    network: featureNetwork(SEED),
    inputs: INPUT_SIZE,
    outputs: FEATURES,
    vectorOf: ({ x }) => x.data,
  });
}
