/** Shortest side of a picture at full detail: a scene of many hundred pixels is still read at a glance. */
export const DETAIL = 640

/** Pictures at full detail at once. Each is a layer and a texture of its own. */
export const MOST_PICTURES = 400

/** Their pixels together: 100 MB of RGBA. */
const MOST_PIXELS = 25_000_000

/**
 * How many rasters from the first one on are drawn at full detail: hundreds of patches, or a few dozen scenes. The rest
 * is drawn from the overview.
 */
export function detailedCount(rasters: readonly { width: number; height: number }[]): number {
  let pixels = 0
  let count = 0
  for (const { width, height } of rasters) {
    const shrink = Math.min(1, DETAIL / Math.min(width, height))
    pixels += width * height * shrink * shrink
    if (count > 0 && (pixels > MOST_PIXELS || count >= MOST_PICTURES)) break
    count++
  }
  return count
}

/** Opacity of the rasters' outlines, 0 to 255: where they lie close together, a grid would hide the ground. */
export function gridOpacity(sideOnScreen: number): number {
  return Math.round(Math.min(80, Math.max(0, (sideOnScreen - 8) * 1.2)))
}
