import { toAppError } from '../../core/foundation/appError'
import type { RenderedLayer } from '../../worker/protocol'
import { notify } from '../notify'
import { patchById } from '../selectors'
import type { Studio } from '../studio'
import { loadMask } from './loadMask'

export const THUMBNAIL_SIZE = 64

/** The small picture of a list row. */
export async function loadThumbnail(studio: Studio, patchId: string): Promise<RenderedLayer> {
  const cached = studio.pixels.thumbnails.get(patchId)
  if (cached) return cached
  const picture = await studio.files.call('thumbnail', { patchId, size: THUMBNAIL_SIZE })
  studio.pixels.thumbnails.set(patchId, picture)
  return picture
}

const waiting = new WeakMap<Studio, Set<string>>()

/** Works out a visible row's landslide share, one row at a time so that scrolling stays smooth. */
export function summarisePatch(studio: Studio, patchId: string): void {
  if (studio.store.getState().shares[patchId] !== undefined) return
  const queue = waiting.get(studio)
  if (queue) {
    queue.add(patchId)
    return
  }
  const own = new Set([patchId])
  waiting.set(studio, own)
  void drain(studio, own).finally(() => waiting.delete(studio))
}

async function drain(studio: Studio, queue: Set<string>): Promise<void> {
  for (const id of queue) {
    const patch = patchById(studio.store.getState(), id)
    try {
      if (patch && studio.store.getState().shares[id] === undefined) await loadMask(studio, patch)
    } catch (thrown) {
      notify(studio.store, 'error', toAppError(thrown, 'storage-failed').message)
      studio.store.setState(state => ({ shares: { ...state.shares, [id]: null } }))
    }
    queue.delete(id)
  }
}
