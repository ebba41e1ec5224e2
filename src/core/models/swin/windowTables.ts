/** Score added where two tokens of a shifted window come from different sides of the map (every peer's value). */
const BARRED = -100

type Pair = readonly [number, number]

/**
 * Which row of the relative position bias table each pair of a window's tokens takes, as a one-hot matrix: a matrix
 * product with the table has a deterministic gradient, a gather's has atomics.
 *
 * @param window [rows, columns] of tokens, (h, w) below.
 * @returns [(2 h - 1) (2 w - 1), (h w)^2] row-major; pair (query, key) takes row (dy + h - 1) (2 w - 1) + (dx + w - 1)
 *   with d = query - key.
 */
export function relativePositionSelector([rows, columns]: Pair): Float32Array {
  const tokens = rows * columns
  const across = 2 * columns - 1
  const selector = new Float32Array((2 * rows - 1) * across * tokens * tokens)
  for (let query = 0; query < tokens; query++) {
    for (let key = 0; key < tokens; key++) {
      const dy = Math.floor(query / columns) - Math.floor(key / columns) + rows - 1
      const dx = (query % columns) - (key % columns) + columns - 1
      selector[(dy * across + dx) * tokens * tokens + query * tokens + key] = 1
    }
  }
  return selector
}

/**
 * The mask of shifted windows over a rolled and padded map: 0 between tokens of one region, -100 between regions. Rows
 * are region 0 before the last window, 1 before the last shifted rows, 2 after; columns alike. An axis that is not
 * shifted parts nothing.
 *
 * @param map, window, shift [rows, columns] each; `window` divides `map`.
 * @returns [windows, tokens, tokens] row-major.
 */
export function shiftMask(map: Pair, window: Pair, shift: Pair): Float32Array {
  const region = (at: number, axis: 0 | 1) =>
    at < map[axis] - window[axis] ? 0 : at < map[axis] - shift[axis] ? 1 : 2
  const [rows, columns] = window
  const tokens = rows * columns
  const across = map[1] / columns
  const mask = new Float32Array((map[0] / rows) * across * tokens * tokens)
  const ids = new Uint8Array(tokens)
  let at = 0
  for (let index = 0; at < mask.length; index++) {
    const top = Math.floor(index / across) * rows
    const left = (index % across) * columns
    for (let token = 0; token < tokens; token++) {
      const row = region(top + Math.floor(token / columns), 0)
      ids[token] = 3 * row + region(left + (token % columns), 1)
    }
    for (let query = 0; query < tokens; query++) {
      for (let key = 0; key < tokens; key++) mask[at++] = ids[query] === ids[key] ? 0 : BARRED
    }
  }
  return mask
}
