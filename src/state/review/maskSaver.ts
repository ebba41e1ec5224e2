import type { ProjectStore } from '../../storage/projectStore'
import type { Timers } from '../scheduling'
import type { WriteQueue } from '../session/writeQueue'
import type { StudioStore } from '../studioState'
import { undoable } from './selectors'

/** Strokes are on disk at once; the whole mask follows when painting pauses for this long. */
const PAUSE_MS = 1500

const TIMER = 'masks'

/** What of a studio the saver needs: it is itself a part of one. */
interface SaverParts {
  storage: Pick<ProjectStore, 'writeMask'>
  store: StudioStore
  writes: WriteQueue
  timers: Timers
}

/**
 * Writes whole masks now and then, each at most once a pause. What a crash leaves unwritten is in the strokes on
 * record: `readMask` of the store lays them on (see `core/masks/maskDiff`).
 */
export class MaskSaver {
  /** Masks that are newer than their file. */
  private readonly dirty = new Map<string, Uint8Array>()
  /** Patches under the brush: their mask holds half a stroke. */
  private readonly busy = new Set<string>()
  /** Patches whose file was written by this tab. */
  private readonly written = new Set<string>()

  constructor(private readonly studio: SaverParts) {}

  /** The mask in memory that is newer than the stored one. */
  newest(patchId: string): Uint8Array | undefined {
    return this.dirty.get(patchId)
  }

  begin(patchId: string): void {
    this.busy.add(patchId)
  }

  end(patchId: string): void {
    this.busy.delete(patchId)
  }

  /** The mask changed by steps that are on their way to disk. */
  later(patchId: string, mask: Uint8Array): void {
    if (!this.written.has(patchId)) {
      this.now(patchId, mask)
      return
    }
    this.dirty.set(patchId, mask)
    this.flushLater()
  }

  /**
   * Writes the mask as it is, behind everything asked for so far.
   *
   * @param through sequence of the latest step that it holds; by default the latest that is not undone
   * @param last the file then holds what is on screen
   */
  now(patchId: string, mask: Uint8Array, through?: number, last = true): Promise<void> {
    if (last) this.dirty.delete(patchId)
    this.written.add(patchId)
    const { storage, store, writes } = this.studio
    const sequence = through ?? undoable(store.getState())?.sequence ?? 0
    const value = mask.slice()
    return writes.push(() => storage.writeMask(patchId, value, sequence), { bytes: value.byteLength })
  }

  /** Whether the file may hold steps that are undone by now. */
  mayHoldUndone(patchId: string): boolean {
    return this.dirty.has(patchId) || !this.written.has(patchId)
  }

  /** Writes all that waits; not while a disk without room holds up the queue, which would fill the memory. */
  flush(): void {
    this.studio.timers.stop(TIMER)
    const blocked = this.studio.store.getState().session.unsaved !== null
    for (const [patchId, mask] of [...this.dirty]) {
      if (!blocked && !this.busy.has(patchId)) void this.now(patchId, mask)
    }
    if (this.dirty.size > 0) this.flushLater()
  }

  /** The records were read again, or another tab writes from now on. */
  reset(): void {
    this.studio.timers.stop(TIMER)
    this.dirty.clear()
    this.written.clear()
    this.busy.clear()
  }

  private flushLater(): void {
    this.studio.timers.start(TIMER, PAUSE_MS, () => this.flush())
  }
}
