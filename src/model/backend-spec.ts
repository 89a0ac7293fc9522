/** The live system of a pipeline, as a file or a flag names it: where to set replicas, and where to read arrivals. */
import type { LogFormat } from './notation/access-log-line.js';

export const TARGET_KINDS = ['local', 'triton', 'ray-serve', 'kubernetes', 'ec2'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

export interface TargetSpec {
  readonly kind: TargetKind;
  /** URL of the server; for `kubernetes` a context, for `ec2` a region. Left out: the kind's default. */
  readonly address?: string;
  /** A stage's name in the live system, where it differs. */
  readonly names: Readonly<Record<string, string>>;
  /** `kubernetes` only. Left out: the context's namespace. */
  readonly namespace?: string;
  /** `kubernetes` only: path of the file. */
  readonly kubeconfig?: string;
  /** `ec2` only: from marking an instance to terminating it. */
  readonly drainMs?: number;
}

export const SOURCE_KINDS = ['local', 'counter', 'access-log', 'promql', 'push'] as const;

export const COUNTED_SERVERS = ['triton', 'mlserver', 'ray-serve'] as const;
export type CountedServer = (typeof COUNTED_SERVERS)[number];

export type SourceSpec =
  | { readonly kind: 'local'; readonly address?: string }
  | {
      readonly kind: 'counter';
      /** URL of the server's Prometheus metrics. */
      readonly address: string;
      readonly server: CountedServer;
      /** The model, or the application, where queries enter. */
      readonly entry: string;
      readonly pollMs?: number;
    }
  | {
      readonly kind: 'access-log';
      /** Path of the log. */
      readonly address: string;
      readonly format: LogFormat;
      readonly holdMs?: number;
    }
  | {
      readonly kind: 'promql';
      /** URL of Prometheus. */
      readonly address: string;
      readonly selector: string;
      readonly scrapeMs: number;
    }
  | {
      readonly kind: 'push';
      /** Port to listen on. */
      readonly port: number;
      /** Width of the windows that the sender counts in; left out when it sends timestamps. */
      readonly windowMs?: number;
    };

export interface BackendSpec {
  readonly target: TargetSpec;
  readonly arrivals?: SourceSpec;
}
