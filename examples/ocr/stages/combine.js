/** Joins what was found with what was read: the lines of text from top to bottom, boxes on one line from left to right. */
import { inLines } from '../text/boxes.js';

export function createStage() {
  return { run: (items) => items.map((item) => ({ output: linesOf(item) })) };
}

function linesOf({ detect, recognise = [] }) {
  const [boxes = []] = detect;
  const read = boxes.map((box, index) => ({ box, text: recognise[index]?.trim() ?? '' }));
  return inLines(
    read.filter(({ text }) => text !== ''),
    ({ box }) => box,
  ).map((line) => line.map(({ text }) => text).join(' '));
}
