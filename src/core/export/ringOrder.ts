import type { Polygon } from '../scenes/polygons'

/** A polygon whose outside runs counter-clockwise and whose holes clockwise, x to the right and y up (RFC 7946, 3.1.6). */
export function rightHanded(polygon: Polygon): Polygon {
  return polygon.map((ring, i) => (signedArea(ring) > 0 === (i === 0) ? ring : reversed(ring)))
}

function signedArea(ring: readonly number[]): number {
  // From its first vertex: coordinates of a map are large beside a landslide.
  const [x0, y0] = [ring[0]!, ring[1]!]
  let doubled = 0
  for (let i = 0; i < ring.length; i += 2) {
    const next = (i + 2) % ring.length
    doubled += (ring[i]! - x0) * (ring[next + 1]! - y0) - (ring[next]! - x0) * (ring[i + 1]! - y0)
  }
  return doubled / 2
}

/** The same first vertex, the other way round. */
function reversed(ring: readonly number[]): number[] {
  const out = [ring[0]!, ring[1]!]
  for (let i = ring.length - 2; i >= 2; i -= 2) out.push(ring[i]!, ring[i + 1]!)
  return out
}
