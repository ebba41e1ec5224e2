type Colour = readonly [number, number, number]

/** Stops of viridis (Smith and van der Walt, CC0), evenly spaced: dark low, light high, safe for colour blindness. */
export const VIRIDIS: readonly Colour[] = [
  [68, 1, 84],
  [72, 40, 120],
  [62, 74, 137],
  [49, 104, 142],
  [38, 130, 142],
  [31, 158, 137],
  [53, 183, 121],
  [109, 205, 89],
  [180, 222, 44],
  [253, 231, 37],
]

/** ColorBrewer's YlOrBr (Apache-2.0): light is flat, dark is steep. */
export const YELLOW_BROWN: readonly Colour[] = [
  [255, 255, 229],
  [255, 247, 188],
  [254, 227, 145],
  [254, 196, 79],
  [254, 153, 41],
  [236, 112, 20],
  [204, 76, 2],
  [153, 52, 4],
  [102, 37, 6],
]

/** Linear between stops; `position` is clamped to 0..1. */
export function rampColour(stops: readonly Colour[], position: number): Colour {
  const place = Math.min(1, Math.max(0, position)) * (stops.length - 1)
  const index = Math.min(stops.length - 2, Math.floor(place))
  const part = place - index
  const from = stops[index]!
  const to = stops[index + 1]!
  return [
    from[0] + (to[0] - from[0]) * part,
    from[1] + (to[1] - from[1]) * part,
    from[2] + (to[2] - from[2]) * part,
  ]
}
