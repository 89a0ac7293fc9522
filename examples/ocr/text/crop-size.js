/** What the recogniser takes: a line of text of this size, shorter ones at its left edge. */
export const CROP_WIDTH = 160;
export const CROP_HEIGHT = 48;
