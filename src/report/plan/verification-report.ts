/** The report of the verifier: one line per check. */
import type { BoundProgress } from '../../verifier/lower-bound.js';
import type { Verification } from '../../verifier/verify-plan.js';
import { formatCount, formatShare } from '../figures.js';
import { formatJson } from '../json.js';
import { emphasisOf, formatLines, formatTable, type ReportStyle } from '../table.js';

const VERIFICATION_VERSION = 1;

/** The report as text: each finding, and the verdict. */
export function formatVerification({ accepted, findings, replays }: Verification, style: ReportStyle): string {
  const { good, bad, strong } = emphasisOf(style);
  const rows = findings.map(({ check, ok, detail }) => [check, ok ? good('ok') : bad('wrong'), detail]);
  const columns = [
    { heading: 'check', align: 'left' as const },
    { heading: '', align: 'left' as const },
    { heading: 'finding', align: 'left' as const },
  ];
  const verdict = accepted ? good('The plan is verified') : bad('The plan is not verified');
  const heading = formatLines([`${strong(verdict)}: ${formatCount(replays)} stage replays`], style);
  return `${heading}\n${formatTable({ columns, rows }, style)}`;
}

/** The report as JSON. */
export function verificationJson(verification: Verification): string {
  return formatJson({ version: VERIFICATION_VERSION, ...verification });
}

/** One line of progress. */
export function formatVerificationState({ replays, share }: BoundProgress): string {
  return `deriving the bound anew: ${formatShare(share)}, ${formatCount(replays)} stage replays`;
}
