/**
 * Control flow: where a query goes next. A stage is settled for a query when all its items are done, or when the query
 * passes it by. It begins once all its parents are settled, if any of them sent it something. The query ends when all
 * are settled.
 *
 * A stage with a module routes by its results. An emulated stage, and the entry, route by the estimator's own draws. A
 * drawn route is known when the query arrives, so nobody waits for a parent that the query will not visit. A module's
 * route is known only when the module has decided.
 */

import { ownValue } from '../model/notation/own-value.js';
import { ENTRY, type Pipeline } from '../model/pipeline.js';
import type { Routing } from '../simulation/routing.js';
import type { LiveQuery } from './items/live-query.js';
import type { StageResult } from './modules/stage-module.js';

/** An edge as its parent sees it. */
interface ChildEdge {
  readonly child: number;
  readonly childName: string;
  /** Its place among the child's parents. */
  readonly place: number;
}

/** Told what follows from what was settled. */
export interface FlowListener {
  /** The stage begins for the query; `inputs` are its items, undefined where it is emulated. */
  onEnter(stage: number, query: LiveQuery, inputs: readonly unknown[] | undefined): void;
  onEnd(query: LiveQuery): void;
  /** A parent, or the entry, sends the stage so many items. */
  onSend?(query: LiveQuery, stage: number, from: string, items: number): void;
}

export class QueryFlow {
  /** Number of parents of each stage. */
  readonly parents: readonly number[];
  private readonly names: readonly string[];
  private readonly isEmulated: readonly boolean[];
  private readonly children: readonly (readonly ChildEdge[])[];
  private readonly entries: readonly ChildEdge[];
  /** Stages that a query may not visit, where the draws alone say so. */
  private readonly drawnAway: readonly number[];
  private readonly routing: Routing;
  private readonly listener: FlowListener;

  constructor(options: {
    readonly pipeline: Pipeline;
    readonly isEmulated: readonly boolean[];
    /** With room for one query. */
    readonly routing: Routing;
    readonly listener: FlowListener;
  }) {
    const { stages } = options.pipeline;
    const edgesFrom = (parent: string) =>
      stages.flatMap(({ name, parents }, child) =>
        parents.flatMap(({ from }, place) => (from === parent ? [{ child, childName: name, place }] : [])),
      );
    this.parents = stages.map((stage) => stage.parents.length);
    this.names = stages.map(({ name }) => name);
    this.children = this.names.map(edgesFrom);
    this.entries = edgesFrom(ENTRY);
    this.isEmulated = options.isEmulated;
    const isDrawn: boolean[] = [];
    options.routing.parents.forEach((parents, s) => {
      isDrawn[s] = parents.every((p) => p < 0 || (isDrawn[p]! && options.isEmulated[p]!));
    });
    this.drawnAway = stages.flatMap((_, s) => (isDrawn[s] && !options.routing.isPlain[s] ? [s] : []));
    this.routing = options.routing;
    this.listener = options.listener;
  }

  /** Sends a query on its way. */
  begin(query: LiveQuery, input: unknown): void {
    if (this.drawnAway.length > 0) {
      this.routing.draw(query.number, query.number + 1);
      for (const stage of this.drawnAway) {
        if (this.routing.itemsAt(stage, query.number) === 0) this.settleStage(query, stage, false);
      }
    }
    for (const { child, place } of this.entries) {
      const count = this.routing.sentAlong(child, place, query.number, 1);
      const values = this.isEmulated[child] ? undefined : new Array<unknown>(count).fill(input);
      this.settleEdge(query, child, { from: ENTRY, count, values });
    }
  }

  /** Notes that an item is done; what it became is undefined at an emulated stage. */
  settleItem(query: LiveQuery, stage: number, item: number, result: StageResult | undefined): void {
    if (result !== undefined) query.results[stage]![item] = result;
    if (query.settleItem(stage) > 0 || query.isAnswered) return;
    if (query.onlyStage < 0) this.settleStage(query, stage, true);
    else {
      query.answers.push({ stage, outputs: outputsOf(query, stage) });
      this.listener.onEnd(query);
    }
  }

  private settleStage(query: LiveQuery, stage: number, isVisited: boolean): void {
    if (!isVisited && !query.passBy(stage)) return;
    let sent = 0;
    for (const { child, childName, place } of this.children[stage]!) {
      const contribution = isVisited ? this.contributionOf(query, stage, { child, childName, place }) : NOTHING;
      sent += contribution.count;
      this.settleEdge(query, child, { from: this.names[stage]!, ...contribution });
    }
    if (isVisited && sent === 0 && !this.isEmulated[stage]) {
      query.answers.push({ stage, outputs: outputsOf(query, stage) });
    }
    if (--query.openStages === 0) this.listener.onEnd(query);
  }

  private contributionOf(query: LiveQuery, stage: number, edge: ChildEdge): Contribution {
    if (this.isEmulated[stage]) {
      const present = query.itemsAt(stage);
      return { count: this.routing.sentAlong(edge.child, edge.place, query.number, present), values: undefined };
    }
    const values: unknown[] = [];
    for (const result of query.results[stage]!) {
      if (result?.send === undefined) values.push(result?.output);
      else for (const value of ownValue(result.send, edge.childName) ?? []) values.push(value);
    }
    const isJoin = this.parents[edge.child]! > 1;
    return { count: values.length, values: values.length === 0 && isJoin ? outputsOf(query, stage) : values };
  }

  private settleEdge(query: LiveQuery, child: number, edge: Contribution & { readonly from: string }): void {
    const { from, count, values } = edge;
    const isJoin = this.parents[child]! > 1;
    if (values !== undefined && values.length > 0 && !this.isEmulated[child]) {
      if (isJoin) {
        query.inbox[child] ??= {};
        (query.inbox[child] as Record<string, unknown>)[from] = values;
      } else query.inbox[child] = values as unknown[];
    }
    if (count > 0) {
      query.offerItems(child, isJoin && !this.isEmulated[child] ? 1 : count);
      this.listener.onSend?.(query, child, from, count);
    }
    if (query.settleParent(child) > 0) return;
    const items = query.itemsAt(child);
    if (items <= 0) this.settleStage(query, child, false);
    else this.enter(query, child, items, isJoin);
  }

  private enter(query: LiveQuery, stage: number, items: number, isJoin: boolean): void {
    query.enterStage(stage);
    if (this.isEmulated[stage]) {
      this.listener.onEnter(stage, query, undefined);
      return;
    }
    const inbox = query.inbox[stage]!;
    delete query.inbox[stage];
    query.results[stage] = new Array(items);
    this.listener.onEnter(stage, query, isJoin ? [inbox] : (inbox as unknown[]));
  }

  /** Brings items to one stage alone. */
  beginAt(query: LiveQuery, stage: number, values: readonly unknown[]): void {
    query.offerItems(stage, values.length);
    query.enterStage(stage);
    query.results[stage] = new Array(values.length);
    this.listener.onEnter(stage, query, this.isEmulated[stage] ? undefined : values);
  }
}

interface Contribution {
  readonly count: number;
  readonly values: readonly unknown[] | undefined;
}

const NOTHING: Contribution = { count: 0, values: undefined };

/** The outputs of a query's items at a stage, in item order, without items that have none. */
function outputsOf(query: LiveQuery, stage: number): unknown[] {
  return (query.results[stage] ?? []).flatMap((result) => (result?.output === undefined ? [] : [result.output]));
}
