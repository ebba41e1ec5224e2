import { z } from '../../core/foundation/schema'
import { parseBandExpression } from '../../core/patches/bandExpression'
import { type BaseLayer, DEFAULT_CUSTOM_CHANNELS } from '../../core/patches/baseLayers'
import { DEFAULT_SUN } from '../../core/patches/relief'
import { SPECTRAL_INDICES } from '../../core/patches/spectralIndices'
import type { Limits } from '../../core/patches/stretch'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { preferences } from '../preferences'

/** What lies over the image, under the mask. */
export type Overlay =
  | 'probability'
  | 'disagreement'
  | 'entropy'
  | 'round-mask'
  | 'round-difference'
  | 'against-verdict'

/** Ends of the stretch set by hand, a channel; null: by percentile. */
export type HandLimits = readonly (Limits | null)[]

export type PaneId = 'first' | 'second'

/** What each of two panes chooses by itself. */
export const PANE_KEYS = [
  'baseLayer',
  'hillshadeBlend',
  'showMask',
  'showProbability',
  'probabilityModel',
  'overlay',
  'overlayRound',
  'overlayRoundBefore',
  'showContours',
] as const satisfies readonly (keyof LayersSlice)[]

export type PaneView = Pick<LayersSlice, (typeof PANE_KEYS)[number]>

export const BASE_LAYERS: readonly { id: BaseLayer; title: string; detail: string }[] = [
  { id: 'true-colour', title: 'True colour', detail: 'B4 B3 B2' },
  { id: 'false-colour', title: 'False colour', detail: 'B8 B4 B3' },
  { id: 'swir', title: 'SWIR', detail: 'B12 B8 B4' },
  { id: 'hillshade', title: 'Hillshade', detail: 'from the DEM' },
  { id: 'slope', title: 'Slope', detail: 'degrees' },
  { id: 'elevation', title: 'Elevation', detail: 'metres' },
  { id: 'custom', title: 'Custom', detail: 'three bands or expressions' },
  { id: 'index', title: 'Index', detail: 'one expression over bands' },
]

/** Those that need no round come first, then those that need one, then the one that needs two. */
export const OVERLAYS: readonly { id: Overlay; title: string }[] = [
  { id: 'probability', title: 'Probability' },
  { id: 'disagreement', title: 'Disagreement' },
  { id: 'entropy', title: 'Entropy' },
  { id: 'round-mask', title: 'Mask of a round' },
  { id: 'round-difference', title: 'Change between rounds' },
  { id: 'against-verdict', title: 'Round against verdict' },
]

/** Outlines from a file, laid over the map; kept for the session. */
export interface ReferenceLayer {
  id: string
  /** As it was dropped, with folders. */
  path: string
  name: string
  file: Blob
  /** A Shapefile's .prj. */
  beside?: readonly { path: string; file: Blob }[]
  shown: boolean
}

/** Which layers are drawn, and how. */
export interface LayersSlice {
  baseLayer: BaseLayer
  /** Share of valid pixels cut at each end of the stretch, 0..0.1. */
  percentile: number
  /** Weight of the hillshade multiplied into the base layer, 0..1. */
  hillshadeBlend: number
  showProbability: boolean
  probabilityOpacity: number
  /** "ensemble" or a model id. */
  probabilityModel: string
  showMask: boolean
  maskOpacity: number
  /** Overlays hidden while the key is held. */
  peeking: boolean
  /** Band expressions of the custom composite: red, green, blue. Always sound. */
  customChannels: readonly string[]
  /** Band expression of the index layer. Always sound. */
  indexExpression: string
  /** By base layer, for every patch, so that patches compare. */
  stretches: Readonly<Partial<Record<BaseLayer, HandLimits>>>
  /** Degrees clockwise from north, and above the horizon. */
  sunAzimuth: number
  sunAltitude: number
  /** The histograms with their handles are unfolded. */
  histogramOpen: boolean
  showContours: boolean
  /** Metres from line to line; 0: chosen by the relief of each patch. */
  contourInterval: number
  /** Raised when a picture of the selected patch is ready. */
  renderRevision: number
  overlay: Overlay
  /** Round of the round layers; null: the latest. */
  overlayRound: string | null
  /** Round that the difference starts from; null: the parent of `overlayRound`. */
  overlayRoundBefore: string | null
  references: readonly ReferenceLayer[]
  /** The pane that the layers panel and its keys set: its choices are those of the state itself. */
  activePane: PaneId
  /** Choices of the pane that is not active; null until two panes were first shown. */
  otherPane: PaneView | null
}

export const initialLayersSlice: LayersSlice = {
  baseLayer: 'true-colour',
  percentile: 0.02,
  hillshadeBlend: 0,
  showProbability: false,
  probabilityOpacity: 0.75,
  probabilityModel: ENSEMBLE,
  showMask: true,
  maskOpacity: 0.35,
  peeking: false,
  customChannels: DEFAULT_CUSTOM_CHANNELS,
  indexExpression: SPECTRAL_INDICES[0]!.expression,
  stretches: {},
  sunAzimuth: DEFAULT_SUN.azimuth,
  sunAltitude: DEFAULT_SUN.altitude,
  histogramOpen: false,
  showContours: false,
  contourInterval: 0,
  renderRevision: 0,
  overlay: 'probability',
  overlayRound: null,
  overlayRoundBefore: null,
  references: [],
  activePane: 'first',
  otherPane: null,
}

const baseLayer = z.enum([
  'true-colour',
  'false-colour',
  'swir',
  'custom',
  'index',
  'hillshade',
  'slope',
  'elevation',
]) satisfies z.ZodType<BaseLayer>
const expression = z.string().refine(text => parseBandExpression(text).problem === null)
const limits = z.object({ low: z.number(), high: z.number() }).refine(({ low, high }) => low < high)
const share = z.number().min(0).max(1)
const overlay = z.enum([
  'probability',
  'disagreement',
  'entropy',
  'round-mask',
  'round-difference',
  'against-verdict',
])

/** Whole or not at all: half a pane's choices would be a view that nobody chose. */
const pane = z.object({
  baseLayer,
  hillshadeBlend: share,
  showMask: z.boolean(),
  showProbability: z.boolean(),
  probabilityModel: z.string(),
  overlay,
  overlayRound: z.string().nullable(),
  overlayRoundBefore: z.string().nullable(),
  showContours: z.boolean(),
}) satisfies z.ZodType<PaneView>

export const layersPreferences = preferences<LayersSlice>(
  'scarp.layers',
  initialLayersSlice,
  {
    baseLayer,
    percentile: z.number().min(0).max(0.1),
    hillshadeBlend: share,
    showProbability: z.boolean(),
    probabilityOpacity: share,
    probabilityModel: z.string(),
    showMask: z.boolean(),
    maskOpacity: share,
    peeking: null,
    customChannels: z.array(expression).length(3),
    indexExpression: expression,
    stretches: z.partialRecord(baseLayer, z.array(limits.nullable()).max(3)),
    sunAzimuth: z.number().min(0).max(360),
    sunAltitude: z.number().min(1).max(90),
    histogramOpen: z.boolean(),
    showContours: z.boolean(),
    contourInterval: z.number().min(0).max(10_000),
    renderRevision: null,
    overlay,
    overlayRound: z.string().nullable(),
    overlayRoundBefore: z.string().nullable(),
    references: null,
    activePane: z.enum(['first', 'second']),
    otherPane: pane.nullable(),
  },
  ['scarp.view', 'scarp.view-mode'],
)
