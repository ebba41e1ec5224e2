import { z } from '../../core/foundation/schema'
import type { PixelPoint } from '../../core/masks/pixelSpans'
import { NORMALISED_DIFFERENCES } from '../../core/patches/spectralIndices'
import { preferences } from '../preferences'

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

/** What a fill takes for alike: the spectrum, the probability shown, the mask's value, or one band. */
export type FillBy = 'spectrum' | 'probability' | 'mask' | 'band'

export type CleanUpKind = 'minimum-area' | 'holes' | 'majority'

export type Tool = 'pan' | 'brush' | 'erase' | 'polygon' | 'lasso' | 'fill' | 'pick'

export const MIN_BRUSH_RADIUS = 0.5

export const MAX_BRUSH_RADIUS = 40

/** Standard deviations; what is further apart is no longer alike. */
export const MAX_SPECTRAL_TOLERANCE = 2

/** Classes in the order of their keys, with the ids of the commands that choose them. */
export const CLASSES: readonly { value: MaskClass; id: string; title: string }[] = [
  { value: 1, id: 'class-landslide', title: 'Landslide' },
  { value: 0, id: 'class-background', title: 'Background' },
  { value: 255, id: 'class-ignore', title: 'Ignore' },
]

/** A polygon that is being drawn. */
export interface PolygonDraft {
  patchId: string
  vertices: readonly PixelPoint[]
  subtract: boolean
}

export interface FillPreview {
  patchId: string
  revision: number
  /** What it was made of: as long as that stays, it holds. */
  of: string
  pixels: number
  /** There are more: the preview ends at `MOST_PREVIEWED`. */
  more: boolean
}

export interface EditSlice {
  tool: Tool
  /** Radius of the brush in raster pixels. */
  brushRadius: number
  /** What brush, shapes and fill set. */
  paintClass: MaskClass
  /** Shapes clear to background instead; Alt inverts it for one shape. */
  subtract: boolean
  /** Classes whose pixels no hand edit changes. */
  protectedClasses: readonly MaskClass[]
  clamps: Readonly<Record<ClampSource, Clamp>>
  /** Which index the `index` clamp is of: an id of `NORMALISED_DIFFERENCES`. */
  clampIndex: string
  fillBy: FillBy
  /** Largest spectral distance that a fill crosses, standard deviations (`spectralDistance`). */
  fillSpectralTolerance: number
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
  /** Where the keyboard acts and the inspector reads: the middle of a pixel. See `crosshairOf` for what is shown. */
  crosshair: PixelPoint | null
  /** What a clean-up would change of the mask at this revision, outlined but not applied; its pixels lie in the `PixelCache`. */
  cleanUp: {
    kind: CleanUpKind
    patchId: string
    revision: number
    /** Cells beside it that were looked at, with the revisions of their masks. */
    beside: Readonly<Record<string, number>>
    pixels: number
  } | null
  /** What a click with the fill would change at the pointer, outlined; its outline lies in the `PixelCache`. */
  fillPreview: FillPreview | null
  /** A fill of more than a share of the patch, until it is confirmed. */
  largeFill: { patchId: string; at: PixelPoint; alt: boolean; share: number } | null
  /** The landslide that was picked, outlined; its outline lies in the `PixelCache`. */
  picked: { patchId: string; revision: number; pixels: number; value: MaskClass } | null
  /** Raised when an outline in the `PixelCache` changed. */
  outlineRevision: number
}

export const initialEditSlice: EditSlice = {
  tool: 'pan',
  brushRadius: 3,
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
  fillBy: 'spectrum',
  // Over 75 places in the landslides of the 15 labelled Landslide4Sense patches: 0.76 of what it takes is landslide, and
  // it floods 2 of them; at 1.5 0.51 and 17, at 0.5 it takes 0.07 of a landslide.
  fillSpectralTolerance: 1,
  fillTolerance: 0.1,
  fillBand: 3,
  fillBandTolerance: 0.15,
  cleanUpArea: 10,
  cleanUpRadius: 1,
  draft: null,
  crosshair: null,
  cleanUp: null,
  fillPreview: null,
  largeFill: null,
  picked: null,
  outlineRevision: 0,
}

const maskClass = z.union([z.literal(0), z.literal(1), z.literal(255)])

const clamp = (fallback: Clamp) =>
  z
    .object({ on: z.boolean(), minimum: z.number(), maximum: z.number() })
    .refine(({ minimum, maximum }) => minimum <= maximum)
    .catch(fallback)

const { clamps } = initialEditSlice

export const editPreferences = preferences<EditSlice>(
  'scarp.edit',
  initialEditSlice,
  {
    tool: z.enum(['pan', 'brush', 'erase', 'polygon', 'lasso', 'fill', 'pick']),
    brushRadius: z.number().min(MIN_BRUSH_RADIUS).max(MAX_BRUSH_RADIUS),
    paintClass: maskClass,
    subtract: z.boolean(),
    protectedClasses: z.array(maskClass).max(3),
    clamps: z.object({
      slope: clamp(clamps.slope),
      elevation: clamp(clamps.elevation),
      index: clamp(clamps.index),
      probability: clamp(clamps.probability),
    }),
    clampIndex: z.string().refine(id => NORMALISED_DIFFERENCES.some(index => index.id === id)),
    fillBy: z.enum(['spectrum', 'probability', 'mask', 'band']),
    fillSpectralTolerance: z.number().min(0).max(MAX_SPECTRAL_TOLERANCE),
    fillTolerance: z.number().min(0).max(1),
    fillBand: z.number().int().min(0).max(13),
    fillBandTolerance: z.number().min(0).max(1),
    cleanUpArea: z.number().int().min(1).max(100_000),
    cleanUpRadius: z.number().int().min(1).max(10),
    draft: null,
    crosshair: null,
    cleanUp: null,
    fillPreview: null,
    largeFill: null,
    picked: null,
    outlineRevision: null,
  },
  ['scarp.view'],
)
