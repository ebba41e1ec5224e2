import { toAppError } from '../../core/foundation/appError'
import { aroundWindows, splitSpans, widenedWindow } from '../../core/masks/cellSpans'
import { changedPixels, type MaskDiff } from '../../core/masks/maskDiff'
import type { PixelGate } from '../../core/masks/maskEdit'
import type { PixelPoint, PixelSpans } from '../../core/masks/pixelSpans'
import type { PixelWindow } from '../../core/raster/rasterSource'
import { windowOverlap } from '../../core/raster/windowOverlap'
import { editText, verdictColumns, verdictTitle } from '../../core/review/auditLog'
import type { PatchRecord } from '../../core/review/records'
import { STILL_LOADING } from '../command'
import { cellsOfScene, selectedPatch } from '../patches/selectors'
import { type AuditNews, recordAudit } from '../review/audit'
import { appendSteps } from '../review/history'
import { showMask } from '../review/masks'
import { refuseChange } from '../session/selectors'
import { notify, notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { isInMemory, maskToEdit, PatchEdit, readMaskToEdit } from './editMask'

/** What an edit changed of a patch, to be drawn again. */
export interface Touched {
  patch: PatchRecord
  /** [height, width] of 0, 1, 255, changed in place. */
  mask: Uint8Array
  window: PixelWindow
}

/** A patch at its place in the raster of an edit. */
interface Reached {
  patch: PatchRecord
  window: PixelWindow
}

/** Pixels before the brush within which the next cell is read: it is there when the brush is. */
const AHEAD = 48

/**
 * A change of masks in place: of the patch on screen and, where that is a cell, of its scene's other cells. The store hears
 * of it at the end, as one undoable step. Cells that are not in memory are read when they are needed; what was painted on
 * them meanwhile is laid then.
 */
export class Edit {
  /** What runs of pixels are counted in: the cells together, else the patch. */
  readonly raster: { width: number; height: number }
  /** Told of what is laid later than it was painted. */
  onLaid: ((touched: Touched) => void) | null = null
  private readonly reached: readonly Reached[]
  /** Of the patch on screen in the raster. */
  private readonly origin: PixelPoint
  private readonly parts = new Map<string, PatchEdit>()
  private readonly reading = new Map<string, Promise<void>>()
  /** Painted on cells that are being read, in order. */
  private readonly waiting = new Map<string, { spans: PixelSpans; value: number }[]>()
  private over = false

  /** @param cells of the scene, the patch among them; empty: the patch alone */
  constructor(
    private readonly studio: Studio,
    private readonly own: PatchEdit,
    cells: readonly PatchRecord[],
  ) {
    const { width, height } = own.patch
    const alone = { column: 0, row: 0, width, height }
    const placed = cells.flatMap(patch => (patch.cell ? [{ patch, window: patch.cell.window }] : []))
    const around = placed.length > 0 ? aroundWindows(placed.map(({ window }) => window)) : alone
    const at = ({ window }: Reached) => ({
      ...window,
      column: window.column - around.column,
      row: window.row - around.row,
    })
    this.raster = { width: around.width, height: around.height }
    this.reached =
      placed.length > 0
        ? placed.map(one => ({ patch: one.patch, window: at(one) }))
        : [{ patch: own.patch, window: alone }]
    this.origin = this.reached.find(({ patch }) => patch.id === own.patch.id)?.window ?? alone
    this.parts.set(own.patch.id, own)
  }

  /** The one on screen. */
  get patch(): PatchRecord {
    return this.own.patch
  }

  /** Its mask. */
  get mask(): Uint8Array {
    return this.own.mask
  }

  /** Which of its pixels may change. */
  get gate(): PixelGate {
    return this.own.gate
  }

  /** A place on the patch on screen, in the raster. */
  inRaster({ column, row }: PixelPoint): PixelPoint {
    return { column: column + this.origin.column, row: row + this.origin.row }
  }

  /** Reads the cells near a place of the raster. */
  prepare({ column, row }: PixelPoint, radius: number): void {
    if (this.reached.length === 1) return
    const near = widenedWindow(
      { column: Math.floor(column), row: Math.floor(row), width: 1, height: 1 },
      Math.ceil(radius) + AHEAD,
    )
    for (const { patch, window } of this.reached) if (windowOverlap(window, near)) this.partOf(patch)
  }

  /**
   * Sets pixels of the raster that may be changed.
   *
   * @returns what to draw again
   */
  paint(spans: PixelSpans, value: number): Touched[] {
    const touched: Touched[] = []
    for (const [{ patch }, runs] of splitSpans(spans, this.raster.width, this.reached)) {
      const part = this.partOf(patch)
      const window = part?.paint(runs, value)
      if (part && window) touched.push({ patch, mask: part.mask, window })
      if (part) continue
      const waiting = this.waiting.get(patch.id) ?? []
      waiting.push({ spans: runs, value })
      this.waiting.set(patch.id, waiting)
    }
    return touched
  }

  /**
   * Makes a change that was worked out before.
   *
   * @param diff by index of a raster `width` pixels wide
   * @param origin where that begins, a place on the patch on screen
   */
  lay({ start, length, after }: MaskDiff, width: number, origin: PixelPoint): void {
    const corner = this.inRaster(origin)
    const byValue = new Map<number, PixelSpans>()
    for (let run = 0; run < start.length; run++) {
      const spans = byValue.get(after[run]!) ?? { starts: [], lengths: [] }
      byValue.set(after[run]!, spans)
      // A run may cross rows, a span may not.
      const end = start[run]! + length[run]!
      for (let at = start[run]!; at < end; ) {
        const row = Math.floor(at / width)
        const next = Math.min(end, (row + 1) * width)
        spans.starts.push((row + corner.row) * this.raster.width + at - row * width + corner.column)
        spans.lengths.push(next - at)
        at = next
      }
    }
    for (const [value, spans] of byValue) this.paint(spans, value)
  }

  /**
   * Records and saves it as one step, once every cell that it reaches is read; a verdict given before no longer holds.
   *
   * @param done told how many pixels changed, at once where nothing is being read; 0: none, or it was refused
   */
  finish(done: (changed: number) => void = () => undefined): void {
    this.over = true
    const awaited = [...this.waiting.keys()].flatMap(id => this.reading.get(id) ?? [])
    if (awaited.length === 0) {
      done(this.commit())
      return
    }
    const { studio } = this
    // Undo, and the next edit, wait for it.
    const laid = studio.undoing.run(async () => {
      await Promise.all(awaited)
      done(this.commit())
    })
    const isOver = () => {
      studio.laying = null
    }
    studio.laying = laid.then(isOver, (thrown: unknown) => {
      isOver()
      notifyError(studio.store, thrown)
    })
  }

  /** Takes everything back. */
  abandon(): void {
    this.over = true
    this.waiting.clear()
    this.restore()
  }

  private restore(): void {
    for (const part of this.parts.values()) {
      part.restore()
      showMask(this.studio, part.patch.id, part.mask)
    }
  }

  private commit(): number {
    const { studio } = this
    const made = [...this.parts.values()]
      .map(part => ({ part, patch: part.patch, diff: part.end() }))
      .filter(({ diff }) => diff.start.length > 0)
    if (made.length === 0) return 0
    const {
      review: { verdicts },
    } = studio.store.getState()
    const group = made.length > 1 ? { group: studio.newId() } : {}
    const steps = made.map(({ part, patch, diff }) => {
      const verdict = verdicts[patch.id]
      const judgement = verdict ? { verdictBefore: verdict, verdictAfter: null } : {}
      return {
        step: { kind: 'stroke' as const, patchId: patch.id, diff, ...group, ...judgement },
        mask: part.mask,
      }
    })
    if (!appendSteps(studio, steps)) {
      this.restore()
      return 0
    }
    const added = studio.store.getState().review.history.slice(-made.length)
    recordAudit(
      studio,
      ...made.flatMap(({ patch, diff }, index): AuditNews[] => {
        const verdict = verdicts[patch.id]
        const edit: AuditNews = {
          kind: 'edit',
          patchId: patch.id,
          detail: editText(diff, added[index]!.sequence),
        }
        if (!verdict) return [edit]
        const detail = `${verdictTitle(verdict.kind)} withdrawn by an edit`
        return [edit, { ...verdictColumns(verdict), kind: 'verdict-withdrawn', detail }]
      }),
    )
    studio.store.change({ edit: { cleanUp: null, fillPreview: null, picked: null } })
    for (const { part, patch, diff } of made) showMask(studio, patch.id, part.mask, diff)
    return made.reduce((sum, { diff }) => sum + changedPixels(diff), 0)
  }

  /** The part of the edit on a patch; null: it is being read. */
  private partOf(patch: PatchRecord): PatchEdit | null {
    const { studio } = this
    const begun = this.parts.get(patch.id)
    if (begun) return begun
    if (this.reading.has(patch.id)) return null
    const held = maskToEdit(studio, patch)
    if (held) {
      const part = new PatchEdit(studio, patch, held.mask, held.gate)
      this.parts.set(patch.id, part)
      return part
    }
    this.reading.set(patch.id, this.read(patch))
    return null
  }

  private async read(patch: PatchRecord): Promise<void> {
    const { studio } = this
    try {
      const { mask, gate } = await readMaskToEdit(studio, patch)
      const waiting = this.waiting.get(patch.id) ?? []
      // Read ahead, and not reached.
      if (this.over && waiting.length === 0) return
      const part = new PatchEdit(studio, patch, mask, gate)
      this.parts.set(patch.id, part)
      for (const { spans, value } of waiting) {
        const window = part.paint(spans, value)
        if (window) this.onLaid?.({ patch, mask, window })
      }
    } catch (thrown) {
      if (!this.waiting.has(patch.id)) return
      const why = toAppError(thrown).message
      notify(studio.store, 'error', `Nothing was painted on ${patch.name}: ${why}`)
    }
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
  const ready = isInMemory(studio, state.view.selectedId) && studio.laying === null
  const obstacle = editObstacle(state) ?? (ready ? null : STILL_LOADING)
  if (obstacle) notify(studio.store, 'information', obstacle)
  return obstacle !== null
}

/**
 * Begins an edit of the selected patch: null where it cannot be edited now, which a notice says.
 *
 * @param reach whether a cell's edit goes on in the cells beside it; by default where they are seen, on the map
 */
export function beginEdit(
  studio: Studio,
  reach: 'patch' | 'scene' = studio.store.getState().view.mode === 'map' ? 'scene' : 'patch',
): Edit | null {
  if (refuseEdit(studio)) return null
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  const held = patch && maskToEdit(studio, patch)
  if (!patch || !held) return null
  const own = new PatchEdit(studio, patch, held.mask, held.gate)
  return new Edit(studio, own, reach === 'scene' && patch.cell ? cellsOfScene(state, patch) : [])
}
