/** The documents of results: fresh from a command, or read again from its JSON. */
import type { Compared, ComparedRow } from '../../compare/compared.js';
import type { Plan } from '../../model/plan/plan.js';
import type { ReplayResult } from '../../replay/replay.js';
import { formatUsdOverTime } from '../figures.js';
import { OUTCOME_WORDS } from '../tune/replay-report.js';
import { configurationSections, type ShownConfiguration } from './configuration-page.js';
import type { Document, Section } from './document.js';
import { outcomesDocument } from './outcomes-page.js';
import { certificateText, planSections } from './plan-page.js';

/** A plan, simulated on its trace. */
export function planDocument(plan: Plan, shown: Omit<ShownConfiguration, 'tailShares'>): Document {
  const tailShares = new Map(plan.stages.map(({ stage, tailShare }) => [stage, tailShare]));
  return {
    title: `Plan of ${plan.pipeline}`,
    summary: `${formatUsdOverTime(plan.costUsdPerHour)}. ${certificateText(plan.certificate)}`,
    sections: [...configurationSections({ ...shown, tailShares }), ...planSections(plan)],
  };
}

export function simulationDocument(shown: ShownConfiguration): Document {
  return {
    title: `Simulation${shown.pipeline === undefined ? '' : ` of ${shown.pipeline.name}`}`,
    summary: formatUsdOverTime(shown.result.costUsdPerHour),
    sections: configurationSections(shown),
  };
}

export function replayDocument(
  title: string,
  { queries, spanMs, slo, outcomes }: Omit<ReplayResult, 'limits' | 'bound' | 'decisions'>,
): Document {
  const named = outcomes.map((outcome) => ({ ...outcome, name: OUTCOME_WORDS[outcome.name] }));
  return outcomesDocument({ title, queries, spanMs, slo, outcomes: named });
}

export function comparedDocument(title: string, { queries, spanMs, slo, rows, curves }: Compared): Document {
  const plans = new Set(rows.map(({ plan }) => plan));
  const nameOf = ({ plan, policy }: Pick<ComparedRow, 'plan' | 'policy'>) =>
    plans.size > 1 ? `${policy} on ${plan}` : policy;
  const outcomes = rows.map((row) => ({ ...row.outcome, name: nameOf(row) }));
  const more: readonly Section[] =
    curves === undefined
      ? []
      : [
          {
            heading: 'Cost against late queries',
            sentences: ['One curve for each policy: its target is swept, from many replicas to few.'],
            picture: {
              kind: 'lines',
              label: 'Late queries of each policy against its cost, over targets',
              x: 'cost ($)',
              y: 'late queries (%)',
              series: curves.map((curve) => ({
                name: nameOf(curve),
                points: curve.points.map(({ costUsd, sloAttainment }) => [costUsd, 100 * (1 - sloAttainment)] as const),
                hasDots: true,
              })),
            },
            tables: [],
          },
        ];
  return outcomesDocument({ title, queries, spanMs, slo, outcomes, more });
}

/** Several documents as one page. */
export function joined(documents: readonly Document[]): Document {
  const [first] = documents;
  if (documents.length === 1) return first!;
  return {
    title: documents.map(({ title }) => title).join(' · '),
    summary: documents.map(({ summary }) => summary).join(' · '),
    sections: documents.flatMap(({ title, sections }) =>
      sections.map((section) => ({ ...section, heading: `${section.heading} · ${title}` })),
    ),
  };
}
