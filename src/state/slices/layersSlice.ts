import type { Limits } from '../../core/patches/channelHistogram'
import { DEFAULT_SUN } from '../../core/patches/hillshade'
import { DEFAULT_CUSTOM_CHANNELS, NAMED_INDICES } from '../../core/patches/layerChannels'
import type { BaseLayer } from '../../worker/protocol'

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
