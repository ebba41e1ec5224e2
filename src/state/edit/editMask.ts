import type { MaskDiff } from '../../core/masks/maskDiff'
import { MaskEdit, type PixelClamp, type PixelGate, pixelGate } from '../../core/masks/maskEdit'
import { type PixelPoint, type PixelSpans, spanWindow } from '../../core/masks/pixelSpans'
import { BANDS, DEM_BAND, SLOPE_BAND } from '../../core/patches/bands'
import { IGNORE } from '../../core/patches/patch'
import { NORMALISED_DIFFERENCES, normalisedDifference } from '../../core/patches/spectralIndices'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { verdictColumns, verdictTitle } from '../../core/review/auditLog'
import type { PatchRecord } from '../../core/review/records'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { STILL_LOADING } from '../command'
import { selectedPatch } from '../patches/selectors'
import { probabilityKey } from '../pixelCache'
import { recordAudit } from '../review/audit'
import { appendStep } from '../review/history'
import { showMask } from '../review/masks'
import { refuseChange } from '../session/selectors'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import type { ClampSource } from './slice'

/** A change of the selected patch's mask, in place; the store hears of it at the end, as one undoable step. */
export class PatchEdit {
  private readonly edit: MaskEdit

  constructor(
    private readonly studio: Studio,
    readonly patch: PatchRecord,
    /** The mask on screen. */
    readonly mask: Uint8Array,
    readonly gate: PixelGate,
  ) {
    this.edit = new MaskEdit(mask, patch.width, patch.height)
    studio.maskSaver.begin(patch.id)
  }

  /** @returns the window to upload again, null if nothing was touched */
  paint(spans: PixelSpans, value: number): PixelWindow | null {
    this.edit.paint(spans, value, this.gate)
    return spanWindow(spans, this.patch.width)
  }

  /** Makes a change that was worked out before on the same mask. */
  lay({ start, length, after }: MaskDiff): void {
    const { width } = this.patch
    for (let run = 0; run < start.length; run++) {
      // A run may cross rows, a span may not.
      const end = start[run]! + length[run]!
      for (let at = start[run]!; at < end; ) {
        const next = Math.min(end, (Math.floor(at / width) + 1) * width)
        this.paint({ starts: [at], lengths: [next - at] }, after[run]!)
        at = next
      }
    }
  }

  /** Records and saves it; a verdict given before no longer holds. @returns null: no pixel changed, or it was refused */
  finish(): MaskDiff | null {
    const { id } = this.patch
    this.studio.maskSaver.end(id)
    const diff = this.edit.diff()
    if (diff.start.length === 0) return null
    const verdict = this.studio.store.getState().review.verdicts[id]
    const judgement = verdict ? { verdictBefore: verdict, verdictAfter: null } : {}
    if (!appendStep(this.studio, { kind: 'stroke', patchId: id, diff, ...judgement }, this.mask)) {
      this.abandon()
      return null
    }
    if (verdict) {
      const detail = `${verdictTitle(verdict.kind)} withdrawn by an edit`
      recordAudit(this.studio, { ...verdictColumns(verdict), kind: 'verdict-withdrawn', detail })
    }
    this.studio.store.change({ edit: { cleanUp: null, fillPreview: null, picked: null } })
    showMask(this.studio, id, this.mask, diff)
    return diff
  }

  /** Takes everything back. */
  abandon(): void {
    this.studio.maskSaver.end(this.patch.id)
    this.edit.restore()
    showMask(this.studio, this.patch.id, this.mask)
  }
}

/** Why the mask of the selected patch cannot be edited now, as shown to the user; null: it can. */
export function editObstacle(state: StudioState): string | null {
  const patch = selectedPatch(state)
  if (!patch) return 'No patch is selected.'
  if (state.view.loadError) return 'This patch could not be read, so it cannot be edited.'
  return state.view.loading ? STILL_LOADING : null
}

/** True where the selected patch cannot be edited now; a notice says why. */
export function refuseEdit(studio: Studio): boolean {
  if (refuseChange(studio)) return true
  const state = studio.store.getState()
  const obstacle = editObstacle(state) ?? (isInMemory(studio, state.view.selectedId) ? null : STILL_LOADING)
  if (obstacle) notify(studio.store, 'information', obstacle)
  return obstacle !== null
}

/** Pixels, and the mask unless there is none yet: one that is being read or predicted is not replaced by an empty one. */
function isInMemory({ store, pixels }: Studio, id: string | null): boolean {
  if (id === null || !pixels.pixels.get(id)) return false
  return pixels.masks.get(id) !== undefined || store.getState().review.shares[id] === null
}

/** Null where the selected patch cannot be edited now; a notice says why. */
export function beginEdit(studio: Studio): PatchEdit | null {
  if (refuseEdit(studio)) return null
  const patch = selectedPatch(studio.store.getState())
  const held = patch && maskToEdit(studio, patch)
  if (!patch || !held) return null
  studio.pixels.masks.set(patch.id, held.mask)
  return new PatchEdit(studio, patch, held.mask, held.gate)
}

/** The mask of a patch, empty where it has none yet, and which of its pixels may change; null: not in memory. */
export function maskToEdit(studio: Studio, patch: PatchRecord): { mask: Uint8Array; gate: PixelGate } | null {
  if (!isInMemory(studio, patch.id)) return null
  const valid = studio.pixels.pixels.get(patch.id)?.valid ?? null
  const mask = studio.pixels.masks.get(patch.id) ?? emptyMask(patch, valid)
  const { protectedClasses } = studio.store.getState().edit
  return { mask, gate: pixelGate(mask, valid, protectedClasses, clampsOf(studio, patch)) }
}

function emptyMask(patch: PatchRecord, valid: Uint8Array | null): Uint8Array {
  const mask = new Uint8Array(patch.width * patch.height)
  if (valid) for (let index = 0; index < mask.length; index++) if (valid[index] === 0) mask[index] = IGNORE
  return mask
}

/** The clamps that are on, bound to the pixels of a patch. */
function clampsOf(studio: Studio, patch: PatchRecord): PixelClamp[] {
  const {
    edit: { clamps },
  } = studio.store.getState()
  return (Object.keys(clamps) as ClampSource[])
    .filter(source => clamps[source].on)
    .map(source => ({ ...clamps[source], valueAt: clampValue(studio, patch, source) }))
}

/** What a clamp looks at, by row-major pixel index; not a number where it is not known. */
export function clampValue(
  studio: Studio,
  patch: PatchRecord,
  source: ClampSource,
): (index: number) => number {
  const area = patch.width * patch.height
  const data = studio.pixels.pixels.get(patch.id)?.data
  const {
    edit: { clampIndex },
    layers: { probabilityModel },
  } = studio.store.getState()
  const band = (number: number) => (index: number) => data?.[number * area + index] ?? Number.NaN
  switch (source) {
    case 'slope':
      return band(SLOPE_BAND)
    case 'elevation':
      return band(DEM_BAND)
    case 'probability': {
      const { probabilities } = studio.pixels
      const values =
        probabilities.get(probabilityKey(patch.id, probabilityModel)) ??
        probabilities.get(probabilityKey(patch.id, ENSEMBLE))
      return index => values?.[index] ?? Number.NaN
    }
    case 'index': {
      const wanted = NORMALISED_DIFFERENCES.find(({ id }) => id === clampIndex) ?? NORMALISED_DIFFERENCES[0]!
      const numberOf = (name: string) => BANDS.findIndex(candidate => candidate.name === name)
      const [a, b] = [band(numberOf(wanted.a)), band(numberOf(wanted.b))]
      return index => normalisedDifference(a(index), b(index))
    }
  }
}

const DIGITS: Readonly<Record<ClampSource, number>> = { slope: 0, elevation: 0, index: 2, probability: 2 }

const UNITS: Readonly<Record<ClampSource, string>> = {
  slope: '°',
  elevation: ' m',
  index: '',
  probability: '',
}

export function clampTitle(source: ClampSource, clampIndex: string): string {
  if (source !== 'index') return source
  return NORMALISED_DIFFERENCES.find(({ id }) => id === clampIndex)?.title ?? 'index'
}

/** Which clamps hold an edit back at a pixel, with its values; with no pixel, which are on. Empty where none is. */
export function clampNote(studio: Studio, pixel: PixelPoint | null): { text: string; blocked: boolean } {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  const sources = (Object.keys(state.edit.clamps) as ClampSource[]).filter(
    source => state.edit.clamps[source].on,
  )
  if (!patch || sources.length === 0) return { text: '', blocked: false }
  const titles = sources.map(source => clampTitle(source, state.edit.clampIndex))
  const [column, row] = pixel ? [Math.floor(pixel.column), Math.floor(pixel.row)] : [-1, -1]
  if (column < 0 || row < 0 || column >= patch.width || row >= patch.height) {
    return { text: `clamped by ${titles.join(', ')}`, blocked: false }
  }
  const blocking = sources.flatMap((source, index) => {
    const { minimum, maximum } = state.edit.clamps[source]
    const value = clampValue(studio, patch, source)(row * patch.width + column)
    if (value >= minimum && value <= maximum) return []
    if (Number.isNaN(value)) return [`${titles[index]} unknown`]
    return [
      `${titles[index]} ${value.toFixed(DIGITS[source])}${UNITS[source]} ${value < minimum ? '<' : '>'} ` +
        `${(value < minimum ? minimum : maximum).toFixed(DIGITS[source])}${UNITS[source]}`,
    ]
  })
  if (blocking.length > 0) return { text: `clamped: ${blocking.join(', ')}`, blocked: true }
  return { text: `clamped by ${titles.join(', ')}`, blocked: false }
}
