import type { Studio } from '../studio'
import {
  type Clamp,
  type ClampSource,
  type EditSlice,
  editPreferences,
  MAX_BRUSH_RADIUS,
  type MaskClass,
  MIN_BRUSH_RADIUS,
  type Tool,
} from './slice'
import { cancelPolygon } from './tools'

type Holder = Pick<Studio, 'store'>

function set({ store }: Holder, change: Partial<EditSlice>): void {
  store.change({ edit: editPreferences.sound(change) })
}

/** A polygon that is being drawn goes with its tool. */
export function chooseTool(studio: Studio, tool: Tool): void {
  if (tool !== 'polygon') cancelPolygon(studio)
  set(studio, { tool })
}

export function setPaintClass(studio: Holder, paintClass: MaskClass): void {
  set(studio, { paintClass })
}

/** Whether shapes clear to background instead of setting the paint class. */
export function setSubtract(studio: Holder, subtract: boolean): void {
  set(studio, { subtract })
}

/** @param radius in raster pixels; held within the limits of the brush. */
export function setBrushRadius(studio: Holder, radius: number): void {
  set(studio, { brushRadius: Math.min(MAX_BRUSH_RADIUS, Math.max(MIN_BRUSH_RADIUS, radius)) })
}

/** Grows or shrinks by about a quarter, at least by half a pixel: small brushes are set finely, large ones reached soon. */
export function resizeBrush(studio: Holder, larger: boolean): void {
  const { brushRadius } = studio.store.getState().edit
  const stepped = larger
    ? Math.max(brushRadius + 0.5, brushRadius * 1.25)
    : Math.min(brushRadius - 0.5, brushRadius * 0.8)
  setBrushRadius(studio, Math.round(stepped * 2) / 2)
}

export function setFill(
  studio: Holder,
  change: Partial<
    Pick<EditSlice, 'fillBy' | 'fillSpectralTolerance' | 'fillTolerance' | 'fillBand' | 'fillBandTolerance'>
  >,
): void {
  set(studio, change)
}

export function setCleanUp(
  studio: Holder,
  change: Partial<Pick<EditSlice, 'cleanUpArea' | 'cleanUpRadius'>>,
): void {
  set(studio, change)
}

/** Keeps hand edits from changing pixels of a class, or lets them again. */
export function protectClass(studio: Holder, value: MaskClass, on: boolean): void {
  const others = studio.store.getState().edit.protectedClasses.filter(other => other !== value)
  set(studio, { protectedClasses: on ? [...others, value] : others })
}

/** Switches a clamp or moves its ends; a range that ends before it begins is left as it was. */
export function changeClamp(studio: Holder, source: ClampSource, change: Partial<Clamp>): void {
  const { clamps } = studio.store.getState().edit
  const clamp = { ...clamps[source], ...change }
  if (clamp.minimum <= clamp.maximum) set(studio, { clamps: { ...clamps, [source]: clamp } })
}

/** @param id of `NORMALISED_DIFFERENCES`. */
export function setClampIndex(studio: Holder, id: string): void {
  set(studio, { clampIndex: id })
}
