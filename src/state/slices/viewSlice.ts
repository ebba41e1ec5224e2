import type { BaseLayer } from '../../worker/protocol'

export type Tool = 'pan' | 'brush' | 'erase' | 'polygon' | 'lasso' | 'fill' | 'pick'
export type PatchFilter = 'all' | 'source' | 'target' | 'unreviewed'

/** What is looked at and how. Everything here but `peeking`, `panning` and `loading` survives a reload. */
export interface ViewSlice {
  selectedId: string | null
  /** True until pixels, mask and probability of the selected patch are in memory. */
  loading: boolean
  /** Raised when a base picture of the selected patch is ready. */
  renderRevision: number
  /** Why the selected patch could not be read. */
  loadError: string | null
  filter: PatchFilter
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
  tool: Tool
  /** Radius of the brush in raster pixels. */
  brushRadius: number
  /** Whether the list of models is unfolded. */
  modelsOpen: boolean
  /** Overlays hidden while the key is held. */
  peeking: boolean
  /** Raised to bring the whole patch back into view. */
  fitRequest: number
  /** Space is held: drag pans whatever the tool. */
  panning: boolean
}

export const initialViewSlice: ViewSlice = {
  selectedId: null,
  loading: false,
  renderRevision: 0,
  loadError: null,
  filter: 'all',
  baseLayer: 'true-colour',
  percentile: 0.02,
  hillshadeBlend: 0,
  showProbability: false,
  probabilityOpacity: 0.75,
  probabilityModel: 'ensemble',
  showMask: true,
  maskOpacity: 0.35,
  tool: 'pan',
  brushRadius: 3,
  modelsOpen: false,
  peeking: false,
  panning: false,
  fitRequest: 0,
}

export const MIN_BRUSH_RADIUS = 0.5
export const MAX_BRUSH_RADIUS = 40
