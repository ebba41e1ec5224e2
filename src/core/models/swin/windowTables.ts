/** Score added where two tokens of a shifted window come from different sides of the map (every peer's value). */
const BARRED = -100

/**
 * Which row of the relative position bias table each pair of a window's tokens takes, as a one-hot matrix: a matrix
 * product with the table has a deterministic gradient, a gather's has atomics.
 *
 * @returns [(2 w - 1)^2, w^4] row-major; pair (query, key) takes row (dy + w - 1) (2 w - 1) + (dx + w - 1) with
 *   d = query - key.
 */
export function relativePositionSelector(window: number): Float32Array {
  const tokens = window * window
  const side = 2 * window - 1
  const selector = new Float32Array(side * side * tokens * tokens)
  for (let query = 0; query < tokens; query++) {
    for (let key = 0; key < tokens; key++) {
      const dy = Math.floor(query / window) - Math.floor(key / window) + window - 1
      const dx = (query % window) - (key % window) + window - 1
      selector[(dy * side + dx) * tokens * tokens + query * tokens + key] = 1
    }
  }
  return selector
}

/**
 * The mask of shifted windows over a rolled map: 0 between tokens of one region, -100 between regions. Rows are region
 * 0 before the last window, 1 before the last `shift` rows, 2 after; columns alike.
 *
 * @returns [windows, w^2, w^2] row-major.
 */
export function shiftMask(height: number, width: number, window: number, shift: number): Float32Array {
  const region = (at: number, extent: number) => (at < extent - window ? 0 : at < extent - shift ? 1 : 2)
  const tokens = window * window
  const across = width / window
  const mask = new Float32Array((height / window) * across * tokens * tokens)
  const ids = new Uint8Array(tokens)
  let at = 0
  for (let index = 0; at < mask.length; index++) {
    const top = Math.floor(index / across) * window
    const left = (index % across) * window
    for (let token = 0; token < tokens; token++) {
      const row = region(top + Math.floor(token / window), height)
      ids[token] = 3 * row + region(left + (token % window), width)
    }
    for (let query = 0; query < tokens; query++) {
      for (let key = 0; key < tokens; key++) mask[at++] = ids[query] === ids[key] ? 0 : BARRED
    }
  }
  return mask
}
