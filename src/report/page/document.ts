/**
 * A report as a value: sections with sentences, pictures and tables. Text, JSON and a page of HTML are made of it, so
 * each figure is computed once.
 */
import type { Table } from '../fit-table.js';

export interface Document {
  readonly title: string;
  /** One sentence under the title. */
  readonly summary: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly heading: string;
  readonly sentences: readonly string[];
  readonly picture?: Picture;
  /** The figures of the picture, and others. */
  readonly tables: readonly Table[];
}

/** What a picture shows, without colours and sizes. */
export type Picture = GraphPicture | LinesPicture | BarsPicture;

/** Stages and edges; `layer` counts from the entry. */
export interface GraphPicture {
  readonly kind: 'graph';
  /** In words, for those who do not see it. */
  readonly label: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly lines: readonly string[];
    readonly layer: number;
    /** In [0, 1]: how strongly it is marked. */
    readonly weight: number;
  }[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly label: string }[];
}

/** Curves over numbers. */
export interface LinesPicture {
  readonly kind: 'lines';
  readonly label: string;
  readonly x: string;
  readonly y: string;
  readonly series: readonly {
    readonly name: string;
    readonly points: readonly (readonly [number, number])[];
    /** A value holds until the next one. */
    readonly isStep?: boolean;
    readonly hasDots?: boolean;
  }[];
  /** Upright lines with a name. */
  readonly marks?: readonly { readonly x: number; readonly name: string }[];
}

/** Bars beside one another, or stacked, by name. */
export interface BarsPicture {
  readonly kind: 'bars';
  readonly label: string;
  readonly y: string;
  readonly names: readonly string[];
  readonly series: readonly { readonly name: string; readonly values: readonly number[] }[];
  readonly isStacked?: boolean;
}
