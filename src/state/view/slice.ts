import type { BaseLayer } from '../../core/patches/baseLayers'
import type { LayersSlice } from '../layers/slice'

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

/** What the stage shows: one patch, two views of it, all patches, or rasters at their place on the ground. */
export type ViewMode = 'single' | 'swipe' | 'side-by-side' | 'sheet' | 'map'

export type PaneId = 'first' | 'second'

/** What a cell of the contact sheet shows. */
export type SheetContent = 'picture' | 'mask' | 'disagreement'

/** What each of two panes chooses by itself: the names of state that go with a pane. */
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
] as const satisfies readonly (keyof (ViewSlice & LayersSlice))[]

export type PaneView = Pick<ViewSlice & LayersSlice, (typeof PANE_KEYS)[number]>

/** Everything here but the requests survives a reload. */
export interface ViewModeSlice {
  viewMode: ViewMode
  /** The pane that the layers panel and its keys set: its choices are those of the state itself. */
  activePane: PaneId
  /** Choices of the pane that is not active; null until two panes were first shown. */
  otherPane: PaneView | null
  /** Where the swipe divides the stage, share of its width 0..1. */
  swipeAt: number
  sheetContent: SheetContent
  /** Height of the pictures of the sheet, screen pixels. */
  sheetSize: number
  /** Key of the coordinate system on the map; null: that of the selected patch, else the one with the most rasters. */
  mapCrs: string | null
  /** Steps of zoom asked for by key or button, in and out added up; the view takes what is new. */
  zoomRequest: number
  /** Moves of the view asked for by key, in steps right and down, added up likewise. */
  panRequest: { readonly right: number; readonly down: number }
}

export const initialViewModeSlice: ViewModeSlice = {
  viewMode: 'single',
  activePane: 'first',
  otherPane: null,
  swipeAt: 0.5,
  sheetContent: 'mask',
  sheetSize: 128,
  mapCrs: null,
  zoomRequest: 0,
  panRequest: { right: 0, down: 0 },
}

export const MIN_SHEET_SIZE = 64

export const MAX_SHEET_SIZE = 256

/** The divider never leaves the stage: it could not be taken back. */
export const MIN_SWIPE = 0.02

export const MAX_SWIPE = 0.98

export function hasTwoPanes(mode: ViewMode): boolean {
  return mode === 'swipe' || mode === 'side-by-side'
}
