/** Opens the `ec2` target of `profile`: what it costs, how long it may live, and what is launched. */
import { randomUUID } from 'node:crypto';
import type { ProfilingTarget } from '../../backends/contracts/profiling-target.js';
import type { Ec2Api } from '../../backends/ec2/ec2-launch-api.js';
import { wallMs } from '../../backends/shared/wall-clock.js';
import { InputError } from '../../errors.js';
import { Problems } from '../../files/problems.js';
import { instanceCostUsd } from '../../model/cost.js';
import { formatDuration, parseDuration } from '../../model/notation/quantity.js';
import { type Opening, sshOpener } from './targets.js';

/** Less is not enough to boot and load models. */
const LEAST_MINUTES = 5;
/** A machine that has never been met: its key is not known yet, and its address may have been another machine's. */
const NEW_HOST = ['StrictHostKeyChecking=no', 'UserKnownHostsFile=/dev/null', 'LogLevel=ERROR'];

export interface Ec2Opened {
  readonly target: ProfilingTarget;
  /** The machine ends itself then; milliseconds since 1970. */
  readonly expiresMs: number;
}

/** Throws InputError for what is missing; otherwise as `openEc2Target`. */
export async function openEc2(opening: Opening): Promise<Ec2Opened> {
  const { request, flags, io, signal } = opening;
  const problems = new Problems();
  const { maxUsd, lifetimeMs } = flags;
  if (flags.image === undefined)
    problems.add('--image is missing: add an image with Python and the runtime, --image ami-…');
  const connect = problems.attempt(() => sshOpener(opening));
  problems.throwIfAny('FLAG');

  const [{ openEc2Api }, { lifetimeMinutes }, { openEc2Target }] = await Promise.all([
    import('../../backends/ec2/ec2-launch-api.js'),
    import('../../backends/ec2/ec2-lifetime.js'),
    import('../../backends/ec2/ec2-profiling-target.js'),
  ]);
  const { region, endpoint } = flags;
  const api = await openEc2Api({ ...(region && { region }), ...(endpoint && { endpoint }) });
  const type = request.target.address;
  const usdPerHour = await priceOf(type, opening, api);
  const minutes = lifetimeMinutes({ lifetimeMs, maxUsd, usdPerHour });
  if (minutes < LEAST_MINUTES) {
    const paid = `$${usdPerHour} per hour pay for ${minutes} minutes`;
    throw new InputError(
      'FLAG',
      `--max-usd = ${maxUsd} and --lifetime = ${formatDuration(lifetimeMs)}: ${paid}, must be at least ${LEAST_MINUTES}`,
    );
  }
  const expiresMs = wallMs() + parseDuration(`${minutes}m`);
  const target = await openEc2Target({
    api,
    machine: {
      type,
      image: flags.image!,
      securityGroups: flags.securityGroup ?? [],
      isSpot: flags.spot,
      ...(flags.keyName && { keyName: flags.keyName }),
      ...(flags.subnet && { subnet: flags.subnet }),
    },
    runId: randomUUID(),
    minutes,
    isPrivate: flags.privateAddress,
    connect: (address) => connect!(`${flags.sshUser}@${address}`, NEW_HOST),
    wallMs,
    onStep: (line) => io.stderr(`${line}\n`),
    signal,
  });
  return { target, expiresMs };
}

/** On demand: the whole machine's, from the hardware file. Spot: what EC2 says now. */
async function priceOf(type: string, { request, flags }: Opening, api: Ec2Api): Promise<number> {
  if (flags.spot) {
    const price = (await api.spotPrices([type])).get(type);
    if (price !== undefined) return price;
    throw new InputError('FLAG', `--spot: ${type} has no spot price in this region, must have one`);
  }
  const listed = request.hardware.find(({ instance }) => instance === type);
  if (listed !== undefined) return instanceCostUsd(listed);
  throw new InputError(
    'FLAG',
    `--target = ec2:${type}: no price is known, so --max-usd cannot be kept`,
    `Add it to the hardware file: infer-plan hardware refresh --add ${type}`,
  );
}
