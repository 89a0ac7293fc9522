/** moto knows no client tokens of launches: what EC2 would say of them, from what `profile` gave each machine. */
import type { Ec2Api } from '../../../src/backends/ec2/ec2-launch-api.js';
import { EXPIRES_TAG, launchToken, RUN_TAG } from '../../../src/backends/ec2/ec2-lifetime.js';

export function withTokens(api: Ec2Api): Ec2Api {
  return {
    ...api,
    findByTags: async (tags) =>
      (await api.findByTags(tags)).map((machine) => {
        const { [RUN_TAG]: runId = '', [EXPIRES_TAG]: expires = '' } = machine.tags;
        return { ...machine, token: launchToken({ runId, expires: new Date(expires) }) };
      }),
  };
}
