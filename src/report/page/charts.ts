/** Pictures as SVG, drawn by ECharts without a browser. Colours are marked here and chosen by the style of the page. */
import type { EChartsCoreOption } from 'echarts';
import type { BarsPicture, GraphPicture, LinesPicture, Picture } from './document.js';

/** Each stands for a variable of the page's style. */
const INK = '#010101';
const MUTED = '#020202';
const FAINT = '#030303';
const SURFACE = '#040404';
const MARK = '#050505';
const SERIES = ['#060601', '#060602', '#060603', '#060604', '#060605', '#060606'] as const;
const VARIABLES: ReadonlyMap<string, string> = new Map([
  [INK, '--ink'],
  [MUTED, '--muted'],
  [FAINT, '--faint'],
  [SURFACE, '--surface'],
  [MARK, '--mark'],
  ...SERIES.map((color, n) => [color, `--series-${n + 1}`] as const),
]);

const FONT = 'system-ui, sans-serif';
const TEXT_SIZE = 12;
const LABEL = { color: MUTED, fontFamily: FONT, fontSize: TEXT_SIZE };
const LETTER_WIDTH = 7.8;
const WIDEST_NAME = 140;
const NODE_HEIGHT = 64;
const NODE_WIDTH = 150;
const ENTRY_WIDTH = 60;
const ENTRY_HEIGHT = 28;
const ROW_HEIGHT = 104;
/** Above and below all nodes, for edges that go around them. */
const EDGE_ROOM = 26;
/** How far an edge past a layer is from its straight line, in its middle. */
const OUTER_BEND = 74;
const INNER_BEND = 40;
const DASHES = ['solid', 'dashed', 'dotted'] as const;

export interface Sized {
  /** Begins the names within the picture: no other picture of the page may have it. */
  readonly place: string;
  readonly width: number;
  /** Whether it is for a narrow screen: graphs then run downwards. */
  readonly isNarrow: boolean;
}

/** Draws a picture. ECharts is loaded by the first one. */
export async function drawPicture(picture: Picture, size: Sized): Promise<string> {
  const { init } = await import('echarts');
  const height = heightOf(picture, size);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: size.width, height });
  try {
    chart.setOption({ animation: false, textStyle: { fontFamily: FONT }, ...optionOf(picture, size) });
    return styled(chart.renderToSVGString(), { label: picture.label, place: size.place });
  } finally {
    chart.dispose();
  }
}

function optionOf(picture: Picture, size: Sized): EChartsCoreOption {
  if (picture.kind === 'graph') return graphOption(picture, size);
  return picture.kind === 'lines' ? linesOption(picture) : barsOption(picture, size);
}

function heightOf(picture: Picture, { isNarrow }: Sized): number {
  if (picture.kind === 'lines') return isNarrow ? 240 : 300;
  if (picture.kind === 'bars') return isNarrow ? 110 + 44 * picture.names.length : 300;
  const layers = layersOf(picture);
  const across = Math.max(...layers.map(({ length }) => length));
  return ROW_HEIGHT * (isNarrow ? layers.length : across) + 2 * EDGE_ROOM;
}

/**
 * Colours become variables, the picture says in words what it shows, and what ECharts numbers through the process is
 * numbered from the start of the page. Styles and marks for a mouse go: there is no script.
 */
function styled(svg: string, { label, place }: { label: string; place: string }): string {
  let text = svg
    .replace(/<style\b[\s\S]*?<\/style>/g, '')
    .replace(/ (?:class|ecmeta_\w+|xmlns:xlink|version|baseProfile)="[^"]*"/g, '');
  for (const [color, name] of VARIABLES) text = text.replaceAll(color, `var(${name})`);
  const names = new Map<string, string>();
  text = text.replace(/\bzr\d+-\w+/g, (id) => {
    const name = names.get(id) ?? `${place}-${names.size}`;
    names.set(id, name);
    return name;
  });
  return text.replace(
    /^<svg ([\s\S]*?)width="(\d+)" height="(\d+)"[^>]*>/,
    `<svg role="img" aria-label="${escaped(label)}" $1viewBox="0 0 $2 $3">`,
  );
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function layersOf({ nodes }: GraphPicture): readonly (readonly GraphPicture['nodes'][number][])[] {
  const count = Math.max(...nodes.map(({ layer }) => layer)) + 1;
  return Array.from({ length: count }, (_, layer) => nodes.filter((node) => node.layer === layer));
}

/**
 * Nodes stand at pixels: the axes are as long as the picture. An edge runs between points at the sides of its nodes,
 * since ECharts takes every node for a circle.
 */
function graphOption(picture: GraphPicture, size: Sized): EChartsCoreOption {
  const { width, isNarrow } = size;
  const height = heightOf(picture, size);
  const layers = layersOf(picture);
  const [along, across] = isNarrow ? [height, width] : [width, height];
  const most = Math.max(...layers.map(({ length }) => length));
  const margin = (isNarrow ? NODE_HEIGHT : NODE_WIDTH) / 2 + 8;
  const step = layers.length > 1 ? (along - 2 * margin) / (layers.length - 1) : 0;
  const nodeWidth = Math.min(NODE_WIDTH, isNarrow ? width / most - 12 : step > 0 ? step - 40 : NODE_WIDTH);
  const placed = layers.flatMap((layer, l) =>
    layer.map((node, n) => {
      const main = margin + l * step;
      const room = isNarrow ? 0 : EDGE_ROOM;
      const cross = room + ((n + 0.5) / layer.length) * (across - 2 * room);
      const box = node.lines.length === 0 ? [ENTRY_WIDTH, ENTRY_HEIGHT] : [nodeWidth, NODE_HEIGHT];
      const half = (isNarrow ? box[1]! : box[0]!) / 2;
      const at = (shift: number) => (isNarrow ? [cross, main + shift] : [main + shift, cross]);
      return { node, box, value: at(0), before: at(-half), after: at(half) };
    }),
  );
  const point = (name: string, value: readonly number[]) => ({ name, value, symbolSize: 1, itemStyle: { opacity: 0 } });
  return {
    grid: { left: 0, right: 0, top: 0, bottom: 0 },
    xAxis: { type: 'value', min: 0, max: width, show: false },
    yAxis: { type: 'value', min: 0, max: height, inverse: true, show: false },
    series: [
      {
        type: 'graph',
        coordinateSystem: 'cartesian2d',
        edgeSymbol: ['none', 'arrow'],
        edgeSymbolSize: 7,
        data: [
          ...placed.map(({ node, box, value }) => ({ ...nodeStyle(node), name: node.name, value, symbolSize: box })),
          ...placed.flatMap(({ node, before, after }) => [
            point(`to ${node.name}`, before),
            point(`from ${node.name}`, after),
          ]),
        ],
        links: picture.edges.map(({ from, to, label }) => ({
          source: `from ${from}`,
          target: `to ${to}`,
          label: { show: label !== '', formatter: label, ...LABEL, backgroundColor: SURFACE, padding: [1, 3] },
          lineStyle: { color: MUTED, width: 1.2, curveness: bendOf(placed, { from, to }, across, isNarrow) },
        })),
      },
    ],
  };
}

interface Placed {
  readonly node: GraphPicture['nodes'][number];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

/** An edge past a layer goes around its nodes: outside of them, or between them where there is no room outside. */
function bendOf(
  placed: readonly Placed[],
  { from, to }: { readonly from: string; readonly to: string },
  across: number,
  isNarrow: boolean,
): number {
  const [start, end] = [from, to].map((name) => placed.find(({ node }) => node.name === name)!);
  if (end!.node.layer - start!.node.layer <= 1) return 0;
  const [a, b] = [start!.after, end!.before];
  const length = Math.hypot(b[0]! - a[0]!, b[1]! - a[1]!);
  const isFirstHalf = a[isNarrow ? 0 : 1]! < across / 2;
  return ((isFirstHalf ? 1 : -1) * (isNarrow ? 2 * INNER_BEND : 2 * OUTER_BEND)) / length;
}

function nodeStyle({ name, lines, weight }: GraphPicture['nodes'][number]): object {
  return {
    symbol: 'roundRect',
    itemStyle: { color: SURFACE, borderColor: weight > 0 ? SERIES[0] : FAINT, borderWidth: 1 + 3 * weight },
    label: {
      show: true,
      formatter: [`{name|${plain(name)}}`, ...lines.map(plain)].join('\n'),
      rich: { name: { color: INK, fontWeight: 'bold', fontSize: TEXT_SIZE, lineHeight: 18 } },
      ...LABEL,
      fontSize: 11,
      lineHeight: 15,
    },
  };
}

/** Text without the characters that mean something in a label. */
function plain(text: string): string {
  return text.replace(/[{}|]/g, ' ');
}

function frame(y: string, names: number): EChartsCoreOption {
  return {
    color: [...SERIES],
    grid: { left: 12, right: 24, top: names > 1 ? 56 : 32, bottom: 36, containLabel: true },
    ...(names > 1
      ? { legend: { top: 0, left: 0, type: 'plain', icon: 'roundRect', itemGap: 26, textStyle: LABEL } }
      : {}),
    yAxis: {
      type: 'value',
      name: y,
      nameTextStyle: { ...LABEL, align: 'left' },
      axisLabel: LABEL,
      splitLine: { lineStyle: { color: FAINT } },
    },
  };
}

function linesOption({ x, y, series, marks = [] }: LinesPicture): EChartsCoreOption {
  const markLine = {
    symbol: 'none',
    silent: true,
    lineStyle: { color: MARK, type: 'dashed', width: 1.5 },
    data: marks.map((mark) => ({
      xAxis: mark.x,
      label: { formatter: mark.name, color: MARK, position: 'insideEndTop' },
    })),
  };
  return {
    ...frame(y, series.length),
    xAxis: {
      type: 'value',
      name: x,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: LABEL,
      axisLabel: { ...LABEL, hideOverlap: true },
      axisLine: { lineStyle: { color: FAINT } },
      splitLine: { show: false },
      scale: true,
    },
    series: series.map(({ name, points, isStep, hasDots }, n) => ({
      type: 'line',
      name,
      data: points,
      showSymbol: hasDots === true,
      symbol: 'circle',
      symbolSize: 6,
      ...(isStep === true ? { step: 'end' } : {}),
      lineStyle: { width: 2, type: DASHES[Math.floor(n / SERIES.length) % DASHES.length]! },
      ...(n === 0 && marks.length > 0 ? { markLine } : {}),
    })),
  };
}

/** Bars lie on a narrow screen, so that every name has its line. */
function barsOption({ y, names, series, isStacked }: BarsPicture, { isNarrow }: Sized): EChartsCoreOption {
  const { yAxis: values, grid, ...rest } = frame(y, series.length);
  const nameWidth = Math.min(WIDEST_NAME, Math.max(...names.map(({ length }) => length)) * LETTER_WIDTH);
  const byName = {
    type: 'category',
    data: names,
    inverse: isNarrow,
    axisLabel: { ...LABEL, interval: 0, width: isNarrow ? nameWidth : WIDEST_NAME, overflow: 'breakAll' },
    axisLine: { lineStyle: { color: FAINT } },
    axisTick: { show: false },
  };
  return {
    ...rest,
    // Widths of text are guessed without a browser: names get room for wide letters.
    grid: isNarrow ? { ...(grid as object), left: nameWidth + 16, containLabel: false } : grid,
    ...(isNarrow
      ? { xAxis: { ...(values as object), nameLocation: 'middle', nameGap: 26 }, yAxis: byName }
      : { xAxis: byName, yAxis: values }),
    series: series.map(({ name, values: heights }) => ({
      type: 'bar',
      name,
      data: heights,
      barMaxWidth: 40,
      ...(isStacked === true ? { stack: 'all' } : {}),
    })),
  };
}
