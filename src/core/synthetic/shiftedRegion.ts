import { type Region, SOURCE_REGION, TARGET_REGION } from './region'

/** What a region's ranges may come to, however strong the shift: the land, the sun and the year have their ends. */
const ENDS = {
  baseElevation: [0, 4000],
  meanSlope: [4, 42],
  sunAzimuth: [90, 270],
  sunElevation: [18, 80],
  haze: [0.1, 3],
  waterVapour: [0.25, 2],
  season: [0, 1],
  openGround: [0, 0.9],
  geology: [0, 1],
} as const satisfies Partial<Record<keyof Region, readonly [number, number]>>

/**
 * A target region on the line from `SOURCE_REGION` (0) through `TARGET_REGION` (1) and beyond: at 0 it differs from
 * the source by chance alone. Ranges stop at what is physically there, so that from about 1.7 on the shift grows
 * more slowly.
 *
 * @param shift 0 to 3.
 */
export function shiftedRegion(shift: number): Region {
  const between = (from: number, to: number) => from + (to - from) * shift
  const region: Region = {
    ...TARGET_REGION,
    snowLine: between(SOURCE_REGION.snowLine, TARGET_REGION.snowLine),
  }
  for (const key of Object.keys(ENDS) as (keyof typeof ENDS)[]) {
    const [least, most] = ENDS[key]
    const within = (end: 0 | 1) =>
      Math.min(most, Math.max(least, between(SOURCE_REGION[key][end], TARGET_REGION[key][end])))
    region[key] = [within(0), within(1)]
  }
  return region
}
