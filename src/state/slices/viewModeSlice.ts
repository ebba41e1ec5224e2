import type { LayersSlice } from './layersSlice'
import type { ViewSlice } from './viewSlice'

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
