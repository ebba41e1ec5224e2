import { z } from 'zod'
import { parseBandExpression } from '../../core/patches/bandExpression'
import { type BaseLayer, DEFAULT_CUSTOM_CHANNELS } from '../../core/patches/baseLayers'
import { DEFAULT_SUN } from '../../core/patches/relief'
import { NAMED_INDICES } from '../../core/patches/spectralIndices'
import type { Limits } from '../../core/patches/stretch'
import type { PreferenceStorage } from '../preferences'

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

/** How the layers are drawn. Everything here but `inspecting` and `crosshair` survives a reload. */
export interface LayersSlice {
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
  overlay: Overlay
  /** Round of the round layers; null: the latest. */
  overlayRound: string | null
  /** Round that the difference starts from; null: the parent of `overlayRound`. */
  overlayRoundBefore: string | null
  /** The inspector is open: crosshair on the image, all values beside it. */
  inspecting: boolean
  /** Pixel that the crosshair is on; null: the middle of the patch. */
  crosshair: { column: number; row: number } | null
}

export const initialLayersSlice: LayersSlice = {
  customChannels: DEFAULT_CUSTOM_CHANNELS,
  indexExpression: NAMED_INDICES[0]!.expression,
  stretches: {},
  sunAzimuth: DEFAULT_SUN.azimuth,
  sunAltitude: DEFAULT_SUN.altitude,
  histogramOpen: false,
  showContours: false,
  contourInterval: 0,
  overlay: 'probability',
  overlayRound: null,
  overlayRoundBefore: null,
  inspecting: false,
  crosshair: null,
}

const KEY = 'scarp.layers'

type SavedLayers = Omit<LayersSlice, 'inspecting' | 'crosshair'>

const expression = z.string().refine(text => parseBandExpression(text).problem === null)

const limits = z.object({ low: z.number(), high: z.number() }).refine(({ low, high }) => low < high)

const stretch = z.array(limits.nullable()).max(3)

/** Each field by itself falls back to its default where it is damaged, absent or from another version. */
const schema = z.object({
  customChannels: z
    .array(expression)
    .length(3)
    .catch([...initialLayersSlice.customChannels]),
  indexExpression: expression.catch(initialLayersSlice.indexExpression),
  stretches: z
    .partialRecord(
      z.enum(['true-colour', 'false-colour', 'swir', 'custom', 'index', 'slope', 'elevation']),
      stretch,
    )
    .catch({}),
  sunAzimuth: z.number().min(0).max(360).catch(initialLayersSlice.sunAzimuth),
  sunAltitude: z.number().min(1).max(90).catch(initialLayersSlice.sunAltitude),
  histogramOpen: z.boolean().catch(initialLayersSlice.histogramOpen),
  showContours: z.boolean().catch(initialLayersSlice.showContours),
  contourInterval: z.number().min(0).max(10_000).catch(initialLayersSlice.contourInterval),
  overlay: z
    .enum(['probability', 'disagreement', 'entropy', 'round-mask', 'round-difference', 'against-verdict'])
    .catch(initialLayersSlice.overlay),
  overlayRound: z.string().nullable().catch(null),
  overlayRoundBefore: z.string().nullable().catch(null),
})

function savedLayers(state: LayersSlice): SavedLayers {
  const { inspecting, crosshair, ...saved } = Object.fromEntries(
    Object.keys(initialLayersSlice).map(name => [name, state[name as keyof LayersSlice]]),
  ) as unknown as LayersSlice
  return saved
}

export function writeLayerPreferences(
  storage: PreferenceStorage,
  state: LayersSlice,
  before: LayersSlice,
): void {
  const now = savedLayers(state)
  const then = savedLayers(before)
  const same = Object.keys(now).every(
    name => now[name as keyof SavedLayers] === then[name as keyof SavedLayers],
  )
  if (!same) storage.setItem(KEY, JSON.stringify(now))
}

/** What was kept, as far as it is sound; a damaged entry never stops the studio. */
export function readLayerPreferences(storage: PreferenceStorage): SavedLayers {
  try {
    return schema.parse(JSON.parse(storage.getItem(KEY) ?? '{}'))
  } catch (thrown) {
    console.warn('The saved layers could not be read; the defaults are used.', thrown)
    return savedLayers(initialLayersSlice)
  }
}
