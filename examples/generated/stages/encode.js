/** Turns 384 features into the shares of eight classes. */
import { CLASSES, encoderNetwork, FEATURES } from '../networks.js';
import { networkStage } from './network-stage.js';

const SEED = 2;

export function createStage({ openModel }) {
  return networkStage({
    openModel,
    network: encoderNetwork(SEED),
    inputs: FEATURES,
    outputs: CLASSES,
    vectorOf: (features) => features,
  });
}
