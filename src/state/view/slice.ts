import { z } from '../../core/foundation/schema'
import { preferences } from '../preferences'

/** What the stage shows: one patch, two views of it, all patches, or rasters at their place on the ground. */
export type ViewMode = 'single' | 'swipe' | 'side-by-side' | 'sheet' | 'map'

export const VIEW_MODES: readonly { id: ViewMode; title: string; key: string; description: string }[] = [
  { id: 'single', title: 'Single patch', key: 'q', description: 'One patch fills the view.' },
  {
    id: 'swipe',
    title: 'Swipe',
    key: 'w',
    description: 'Two views with a divider to drag. Again: back to single.',
  },
  {
    id: 'side-by-side',
    title: 'Side by side',
    key: 'd',
    description: 'Two linked views; paint in either. Again: back to single.',
  },
  {
    id: 'sheet',
    title: 'Contact sheet',
    key: 'c',
    description: 'All patches in the current filter and order. Again: back to single.',
  },
  {
    id: 'map',
    title: 'Map',
    key: 't',
    description: 'Georeferenced rasters in their own projection. Again: back to single.',
  },
]

/** What a cell of the contact sheet shows. */
export type SheetContent = 'picture' | 'mask' | 'disagreement'

/** What is looked at. */
export interface ViewSlice {
  selectedId: string | null
  /** True until pixels, mask and probability of the selected patch are in memory. */
  loading: boolean
  /** Why the selected patch could not be read. */
  loadError: string | null
  /** Raised to bring the whole patch back into view. */
  fitRequest: number
  /** Space is held: drag pans whatever the tool. */
  panning: boolean
  mode: ViewMode
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
  /** The map's minimap is open. */
  minimap: boolean
  /** The inspector is open: the crosshair shows on the image, all values of its pixel beside it. */
  inspecting: boolean
}

export const initialViewSlice: ViewSlice = {
  selectedId: null,
  loading: false,
  loadError: null,
  fitRequest: 0,
  panning: false,
  mode: 'single',
  swipeAt: 0.5,
  sheetContent: 'mask',
  sheetSize: 128,
  mapCrs: null,
  zoomRequest: 0,
  panRequest: { right: 0, down: 0 },
  minimap: true,
  inspecting: false,
}

export const MIN_SHEET_SIZE = 64

export const MAX_SHEET_SIZE = 256

/** The divider never leaves the stage: it could not be taken back. */
export const MIN_SWIPE = 0.02

export const MAX_SWIPE = 0.98

export function hasTwoPanes(mode: ViewMode): boolean {
  return mode === 'swipe' || mode === 'side-by-side'
}

export const viewPreferences = preferences<ViewSlice>(
  'scarp.view',
  initialViewSlice,
  {
    selectedId: z.string().nullable(),
    loading: null,
    loadError: null,
    fitRequest: null,
    panning: null,
    mode: z.enum(['single', 'swipe', 'side-by-side', 'sheet', 'map']),
    swipeAt: z.number().min(MIN_SWIPE).max(MAX_SWIPE),
    sheetContent: z.enum(['picture', 'mask', 'disagreement']),
    sheetSize: z.number().min(MIN_SHEET_SIZE).max(MAX_SHEET_SIZE),
    mapCrs: z.string().nullable(),
    zoomRequest: null,
    panRequest: null,
    minimap: z.boolean(),
    inspecting: null,
  },
  ['scarp.view-mode'],
)
