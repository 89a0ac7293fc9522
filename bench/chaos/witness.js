/** Sees every change of replicas that reaches `serve`, knows whose it is, and holds it against journal and limits. */
import { passedLimits, STAGES } from './scene.js';

export class Witness {
  /** What must not be, in words. */
  violations = [];
  /** Every change by hand: `{ stage, replicas, untilMs }`; it holds until the next change, by anybody. */
  byHand = [];
  counts = { requests: 0, changes: 0, samples: 0 };
  #journal;
  #planned;
  /** By stage: the number that `serve` was last told, and by whom. */
  #told = {};
  /** By stage: changes by hand that are not answered yet. */
  #underWay = Object.fromEntries(STAGES.map((stage) => [stage, 0]));
  /** By stage: the state in the journal that the last request carried out. */
  #carriedOut = Object.fromEntries(STAGES.map((stage) => [stage, 0]));

  constructor({ journal, planned }) {
    this.#journal = journal;
    this.#planned = planned;
    this.serveStarted();
  }

  serveStarted() {
    for (const stage of STAGES) this.#tell(stage, { replicas: this.#planned[stage], by: 'plan' });
  }

  /**
   * Somebody else is about to set a number. A frozen `serve` may get to it after a request of the tuner that was sent
   * later, so until its answer nobody knows whose number holds, and then it is taken for the hand's.
   * @returns what is called when it is answered, or has failed
   */
  hand(stage, replicas) {
    const tell = () => {
      this.#tell(stage, { stage, replicas, by: 'hand' });
      this.byHand.push(this.#told[stage]);
    };
    tell();
    this.#underWay[stage]++;
    return () => {
      this.#underWay[stage]--;
      if (this.#told[stage].by === 'tune') tell();
    };
  }

  /** The tuner asks for a number. @returns what is called with the answer of `serve` */
  asked(stage, replicas) {
    this.counts.requests++;
    const { states } = this.#look();
    const at = states.findIndex((state, i) => i >= this.#carriedOut[stage] && state[stage] === replicas);
    if (at >= 0) this.#carriedOut[stage] = at;
    else this.violations.push(`asked for ${replicas} of ${stage}, which no decision since the last request says`);
    return ({ status, text }) => {
      if (status !== 200) return;
      const before = this.#told[stage].replicas;
      const now = JSON.parse(text).replicas;
      if (now === replicas) this.#tell(stage, { replicas, by: 'tune' });
      if (now !== before) this.counts.changes++;
      if (now > before && now === replicas) this.#checkRaise(stage, { before, now });
    };
  }

  /** What `serve` has at some instant, read past the proxy. */
  sampled(replicas) {
    this.counts.samples++;
    const passed = passedLimits(replicas);
    const isOurs = STAGES.every((stage) => this.#told[stage].by === 'tune' && this.#underWay[stage] === 0);
    if (passed.length > 0 && isOurs) this.violations.push(`serve has ${passed.join(', ')}`);
  }

  #tell(stage, told) {
    const before = this.#told[stage];
    if (before !== undefined) before.untilMs = performance.now();
    this.#told[stage] = { ...told, untilMs: Number.POSITIVE_INFINITY };
  }

  /** A number by hand counts as soon as the journal knows it; until then, what the tuner took for true. */
  #checkRaise(stage, { before, now }) {
    const wanted = this.#look().states.at(-1);
    const known = Object.fromEntries(
      STAGES.map((one) => [one, this.#told[one].by === 'hand' ? wanted[one] : this.#told[one].replicas]),
    );
    const passed = passedLimits(known);
    if (passed.length > 0) this.violations.push(`${stage} raised from ${before} to ${now}: ${passed.join(', ')}`);
  }

  #look() {
    this.#journal.look();
    return this.#journal;
  }
}
