/**
 * The package for programs: what the commands do, as functions over values. Nothing here prints, exits, or reads a
 * clock; only functions whose names begin with `read`, `open` or `write` touch files. Every failure that the caller can
 * mend is an InputError with one line per problem.
 *
 * A plan as `infer-plan plan` makes it: read the files, build the out-of-sample test, plan on what the test leaves, and
 * write.
 *
 * ```js
 * const file = readPipelineFile('pipeline.yaml');
 * const profiles = readProfileFiles(file.profilePaths);
 * const hardware = readHardwareFile(file.hardwarePath);
 * const { planning, ...validation } = outOfSampleTest(readTraceFile(file.tracePath), { seed: 1 });
 * const scenario = { pipeline: file.pipeline, profiles, hardware, serviceModel: 'mean', seed: 1 };
 * const result = planConfiguration({ ...scenario, trace: planning, slo: file.slo }, { search: 'exact', validation });
 * if (result.feasible) process.stdout.write(formatPlan(result.plan));
 * ```
 */

// Errors

export { BackendError, EXIT, InputError, InternalError } from './errors.js';

// Files: what the commands read and write

export { inputFiles, toolName } from './cli/inputs/provenance.js';
export type { ScenarioPaths } from './cli/inputs/scenario.js';
export { type PipelineFile, readPipelineFile, samplesPathOf } from './files/pipeline/pipeline-file.js';
export { formatPlan, readPlanFile } from './files/plan/plan-file.js';
export { readHardwareFile, readInstanceTypes } from './files/profile/hardware-file.js';
export { readProfileFiles } from './files/profile/profile-file.js';
export { readSamplesFiles } from './files/profile/samples-file.js';
export { openTraceFile, readTraceFile } from './files/trace/trace-file.js';
export { type WrittenTrace, writeTraceFile } from './files/trace/trace-writer.js';

// The model: pipelines, profiles, hardware, configurations, objectives, traces

export { checkConfiguration, inPipelineOrder } from './model/check-configuration.js';
export { checkCoverage, type InputNames } from './model/check-coverage.js';
export type { Configuration, StageConfiguration } from './model/configuration.js';
export type { Hardware, InstanceType } from './model/hardware.js';
export { formatDuration, parseDuration, parseRate } from './model/notation/quantity.js';
export { type PackInstance, type PackModel, packModel } from './model/pack-model.js';
export {
  EDGE_TAKERS,
  ENTRY,
  type FanOut,
  type FanOutShare,
  type ParentEdge,
  type Pipeline,
  type Stage,
} from './model/pipeline.js';
export type { Pin } from './model/plan/pin.js';
export type { ReplicaLimits } from './model/plan/replica-limits.js';
export {
  PROFILE_CURVES,
  type Profile,
  type ProfileCurve,
  type ProfileRow,
  SERVICE_MODELS,
  type ServiceModel,
} from './model/profile.js';
export type { Scenario } from './model/scenario.js';
export { allowedMisses, requiredOnTime, type Slo } from './model/slo.js';
export { type ArrivalSource, type ArrivalTrace, sourceOf, spanUs } from './model/trace.js';

// Plans, as plan.yaml holds them

export type { OutOfSampleTest } from './model/plan/out-of-sample-test.js';
export {
  type Certificate,
  type EnvelopePoint,
  type InputFile,
  type PackedInstances,
  type Packing,
  PLAN_VERSION,
  type Plan,
  type PlannedStage,
  SEARCHED_BATCH_SIZES,
} from './model/plan/plan.js';
export type { PromiseReport } from './model/plan/promise-report.js';
export { SEARCHES, type SearchName } from './model/plan/search.js';
export type { FreshTraffic, TrafficModel } from './model/plan/traffic-model.js';
export type { HoldOut, Validated } from './model/plan/validated.js';

// Traffic: arrivals drawn, fitted, resampled, and described

export type { RateBins } from './envelope/rate-bins.js';
export { type Steadiness, type TracePart, traceSteadiness } from './envelope/steadiness.js';
export {
  type TraceStatistics,
  traceStatistics,
  type WindowStatistics,
} from './envelope/trace-statistics.js';
export { trafficEnvelope } from './envelope/traffic-envelope.js';
export { type ArrivalProcess, drawArrivals, type TraceBound } from './workload/arrival-process.js';
export { type Curve, constant } from './workload/curve.js';
export {
  parseCv,
  parseDiurnal,
  parseRamp,
  parseSpike,
  parseSteps,
  rateCurve,
  type TypedCurve,
} from './workload/curve-text.js';
export { fitArrivals } from './workload/fit-arrivals.js';
export { freshTraffic } from './workload/fresh-traffic.js';
export { type HeldOut, outOfSampleTest, splitHoldOut } from './workload/out-of-sample.js';

// Planning

export type {
  FeasiblePlan,
  InfeasiblePlan,
  MoveKind,
  PlanResult,
  RankedPlan,
  Ranking,
  TriedMove,
  WhatIf,
  Yardstick,
} from './planner/evidence/plan-result.js';
export { frontierInSteps } from './planner/frontier/frontier.js';
export type { Frontier, FrontierPoint, FrontierState } from './planner/frontier/frontier-result.js';
export { loadPackSolver, type PackSolution, type PackSolver } from './planner/pack/pack-solver.js';
export { type PlanningOptions, planConfiguration, planInSteps } from './planner/plan-configuration.js';
export { createPromise, type TrafficPromise } from './planner/promise/promise.js';
export type { PromiseInput } from './planner/promise/replication.js';
export { outOfSampleCheck } from './planner/promise/validation.js';
export { runToEnd } from './planner/run-to-end.js';
export type { Bucket, Found, Incumbent, Share } from './planner/search/bucket-search.js';
export type { Answer, SearchHelper, WorkUnit } from './planner/search/search-helper.js';
export type { SearchState } from './planner/search/search-state.js';
export type { Demand } from './planner/search/walk-choices.js';
export type { PlanningInput } from './planner/space/search-space.js';

// Checking a written plan by a second way

export type { BoundProgress } from './verifier/lower-bound.js';
export {
  type CheckName,
  type Finding,
  type Verification,
  type VerificationInput,
  verifyPlan,
} from './verifier/verify-plan.js';

// Simulating a configuration

export type { EndedQueries, EndObserver } from './simulation/pipeline-run.js';
export type { KnownRoutes } from './simulation/routing.js';
export { type SimulationInput, simulate } from './simulation/simulate.js';
export type { SimulationResult, StageSummary, TimeSummary } from './simulation/simulation-result.js';

// Scaling policies, and many of them over one trace

export {
  type CompareInput,
  type CompareState,
  compare,
  FORESEEING,
  type NamedPolicy,
} from './compare/compare.js';
export type { Compared, ComparedRow, PolicyCurve } from './compare/compared.js';
export type { ExplainedSpan } from './compare/explained.js';
export type { Area, Churn } from './compare/scoreboard.js';
export {
  type StartingPlan,
  type StartOptions,
  SWEPT_FACTORS,
  startingPlan,
  TARGETS,
  type Targets,
} from './compare/starting-plan.js';
export { POLICY_KINDS } from './policies/catalogue.js';
export type {
  ArrivalsSeen,
  Policy,
  PolicyDecision,
  PolicyInput,
  PolicyKind,
  PolicyRequest,
  ReplicaSeen,
  StageReason,
  StageSeen,
  StageView,
  SteadyStage,
  TargetChoice,
  TunerChoices,
} from './policies/policy.js';
export type { StageSetup } from './simulation/pipeline-run.js';
export type { ServiceTimes } from './simulation/service-times.js';

// Tuning: one decision, and a whole trace replayed

export type { PolicyOutcome, ReplicaTimeline } from './replay/outcome.js';
export {
  OUTCOME_NAMES,
  type OutcomeName,
  type ReplayInput,
  type ReplayOutcome,
  type ReplayResult,
  type ReplayState,
  replay,
} from './replay/replay.js';
export { type Decided, decide, type Observation } from './tuner/decide.js';
export {
  type BindingWindow,
  type Change,
  type ChangeReason,
  firstState,
  type Hold,
  type HoldReason,
  type StageChange,
  type TunerDecision,
  type TunerState,
} from './tuner/decision.js';
export type { BoundLimit } from './tuner/limit-tally.js';
export { LIMIT_NAMES, type LimitName, NO_LIMITS, type TunerLimits } from './tuner/tuner-limits.js';
export {
  inStageOrder,
  TUNER_RULES,
  type TunedStage,
  type TunerPlan,
  type TunerPlanOptions,
  type TunerRules,
  tunerPlan,
} from './tuner/tuner-plan.js';

// Reports: the text and the JSON that the commands print

export { formatFrontier, frontierJson } from './report/plan/frontier-report.js';
export { formatPlanResult, type PlanReportStyle, planJson } from './report/plan/plan-report.js';
export { formatVerification, verificationJson } from './report/plan/verification-report.js';
export { formatSimulation, simulationJson } from './report/simulation-report.js';
export type { ReportStyle } from './report/table.js';
export { formatTraceInfo, traceInfoJson } from './report/trace-report.js';
export { formatReplay, replayJson } from './report/tune/replay-report.js';
