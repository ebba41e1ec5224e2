/** How one region of the demo looks: everything that shifts between the labelled source and the new event. */
export interface Region {
  name: 'source' | 'target'
  /** Metres above sea of a patch's lowest point: low to high. */
  baseElevation: readonly [number, number]
  /** Mean slope of a patch in degrees: low to high. */
  meanSlope: readonly [number, number]
  /** Degrees clockwise from north, and above the horizon: low to high. */
  sunAzimuth: readonly [number, number]
  sunElevation: readonly [number, number]
  /** Aerosol at sea level, 1 a clear day: low to high. */
  haze: readonly [number, number]
  /** Precipitable water at sea level, 1 a humid summer: low to high. */
  waterVapour: readonly [number, number]
  /** 0 late autumn, 1 full summer. */
  season: readonly [number, number]
  /** Share of open ground (grass, shrub) where forest could stand. */
  openGround: readonly [number, number]
  /** 0 grey schist, 1 ochre and iron-rich soil. */
  geology: readonly [number, number]
  /** Metres above which snow may lie. */
  snowLine: number
}

/** Humid, forested, steep and high: like the dataset's labelled patches. */
export const SOURCE_REGION: Region = {
  name: 'source',
  baseElevation: [450, 3050],
  meanSlope: [25, 37],
  sunAzimuth: [128, 150],
  sunElevation: [48, 64],
  haze: [0.7, 1.2],
  waterVapour: [0.75, 1.2],
  season: [0.8, 1],
  openGround: [0.04, 0.24],
  geology: [0.1, 0.45],
  snowLine: 3450,
}

/** Lower, gentler, drier and hazier, later in the year, browner ground: like the dataset's target patches. */
export const TARGET_REGION: Region = {
  name: 'target',
  baseElevation: [80, 2700],
  meanSlope: [15, 34],
  sunAzimuth: [150, 172],
  sunElevation: [36, 50],
  haze: [0.65, 1.1],
  waterVapour: [0.32, 0.9],
  season: [0.4, 0.75],
  openGround: [0.08, 0.3],
  geology: [0.45, 0.9],
  snowLine: 3000,
}

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
