import type { PixelPoint } from '../../core/review/pixelPoint'

/** What an edit may be held to: terrain, an index of the bands, or the probability that is shown. */
export type ClampSource = 'slope' | 'elevation' | 'index' | 'probability'

export interface Clamp {
  on: boolean
  /** Degrees, metres, -1..1 or 0..1, as the source says. */
  minimum: number
  maximum: number
}

/** Mask values that a person paints: background, landslide, ignore. */
export type MaskClass = 0 | 1 | 255

/** What a fill takes for alike: the mask's value, the probability shown, or one band. */
export type FillBy = 'mask' | 'probability' | 'band'

export type CleanUpKind = 'minimum-area' | 'holes' | 'majority'

/** A polygon that is being drawn. */
export interface PolygonDraft {
  patchId: string
  vertices: readonly PixelPoint[]
  subtract: boolean
}

export interface EditSlice {
  /** What brush, shapes and fill set. */
  paintClass: MaskClass
  /** Shapes clear to background instead; Alt turns it round for one shape. */
  subtract: boolean
  /** Classes whose pixels no hand edit changes. */
  protectedClasses: readonly MaskClass[]
  clamps: Readonly<Record<ClampSource, Clamp>>
  /** Which index the `index` clamp is of: an id of `SPECTRAL_INDICES`. */
  clampIndex: string
  fillBy: FillBy
  /** Largest difference of probability that a fill crosses, 0..1. */
  fillTolerance: number
  /** Band (index of `BANDS`) that a fill by band compares, and how far values may differ, a share of the band's own. */
  fillBand: number
  fillBandTolerance: number
  /** Pixels; landslides and holes smaller than this go. */
  cleanUpArea: number
  /** Radius of the majority window, pixels. */
  cleanUpRadius: number
  draft: PolygonDraft | null
  /** Where the keyboard points on the raster; null until an arrow key moves it. */
  crosshair: PixelPoint | null
  /** What a clean-up would change of the mask at this revision, outlined but not applied; its pixels lie in the `PixelCache`. */
  cleanUp: { kind: CleanUpKind; patchId: string; revision: number; pixels: number } | null
  /** The landslide that was picked, outlined; its outline lies in the `PixelCache`. */
  picked: { patchId: string; revision: number; pixels: number; value: MaskClass } | null
  /** Raised when an outline in the `PixelCache` changed. */
  outlineRevision: number
  /** Bytes of undo steps in memory. */
  historyBytes: number
}

export const initialEditSlice: EditSlice = {
  paintClass: 1,
  subtract: false,
  protectedClasses: [],
  clamps: {
    slope: { on: false, minimum: 10, maximum: 90 },
    elevation: { on: false, minimum: 0, maximum: 9000 },
    index: { on: false, minimum: -1, maximum: 0.5 },
    probability: { on: false, minimum: 0.2, maximum: 1 },
  },
  clampIndex: 'ndvi',
  fillBy: 'mask',
  fillTolerance: 0.1,
  fillBand: 3,
  fillBandTolerance: 0.15,
  cleanUpArea: 10,
  cleanUpRadius: 1,
  draft: null,
  crosshair: null,
  cleanUp: null,
  picked: null,
  outlineRevision: 0,
  historyBytes: 0,
}
