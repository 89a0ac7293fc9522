/** How much a value costs where it is copied to. */

/** A copy is made recursively, and so is JSON. */
const MOST_DEPTH = 500;
const VALUE_BYTES = 8;
const OBJECT_BYTES = 32;

/**
 * Whether the copy of a value takes at most so many bytes of memory, roughly, and nests no deeper than it may. It looks
 * at no more of the value than that. A value that holds itself nests too deeply.
 */
export function weighWithin(value: unknown, mostBytes: number): boolean {
  let left = mostBytes;
  // Of several views of one buffer the copy holds the buffer once.
  const buffers = new Set<ArrayBufferLike>();
  const visitBuffer = (buffer: ArrayBufferLike) => {
    if (!buffers.has(buffer)) left -= buffer.byteLength;
    buffers.add(buffer);
  };
  const visit = (one: unknown, depth: number): boolean => {
    left -= VALUE_BYTES;
    if (typeof one === 'string') left -= one.length;
    else if (typeof one === 'object' && one !== null) {
      left -= OBJECT_BYTES;
      if (depth === MOST_DEPTH) return false;
      if (ArrayBuffer.isView(one)) visitBuffer(one.buffer);
      else if (one instanceof ArrayBuffer) visitBuffer(one);
      else if (Array.isArray(one) || one instanceof Set) {
        for (const inner of one) if (!visit(inner, depth + 1)) return false;
      } else if (one instanceof Map) {
        for (const [key, inner] of one) if (!visit(key, depth + 1) || !visit(inner, depth + 1)) return false;
      } else for (const key in one) if (!visit((one as Record<string, unknown>)[key], depth + 1)) return false;
    }
    return left >= 0;
  };
  return visit(value, 0);
}
