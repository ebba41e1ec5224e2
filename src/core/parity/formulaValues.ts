/** The fixtures' generator of weights and inputs: FNV-1a of the key, then a 32-bit mixer over the index. */
export function formulaValues(key: string, shape: readonly number[], lo: number, hi: number): Float32Array {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  const values = new Float32Array(shape.reduce((product, extent) => product * extent, 1))
  for (let i = 0; i < values.length; i++) {
    let x = (hash + Math.imul(i, 0x9e3779b1)) >>> 0
    x ^= x >>> 16
    x = Math.imul(x, 0x7feb352d)
    x ^= x >>> 15
    x = Math.imul(x, 0x846ca68b)
    x ^= x >>> 16
    values[i] = lo + (hi - lo) * ((x >>> 0) / 4294967296)
  }
  return values
}
