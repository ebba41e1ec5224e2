import { throwIfAborted, toAppError } from '../../core/foundation/appError'
import { EMPTY_TABLE, rasterIdOf, withSharing } from '../../core/inventory/inventoryTable'
import { maskVersions, patchesByMaskState } from '../patches/exportMasks'
import { isReviewable } from '../review/selectors'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'

const TIMER = 'inventory'

/** A brush or a threshold that is being moved changes masks many times a second: the table waits until they rest. */
const REST_MS = 600

/** Pixels of changed masks that are read again without being asked for: about a second's work. */
const MOST_UNASKED = 4 * 2 ** 20

/** Rasters that landslides lie on, by id: what their masks are now, and how many pixels. */
interface RastersNow {
  versions: Map<string, string>
  pixels: Map<string, number>
  patchIds: string[]
}

function rastersNow(state: StudioState): RastersNow {
  const { none: _, ...byState } = patchesByMaskState(state)
  const masked = new Set(Object.values(byState).flat())
  const versions = maskVersions(state)
  const now: RastersNow = { versions: new Map(), pixels: new Map(), patchIds: [] }
  for (const patch of state.patches.list) {
    // A label is learned from: it is none of the event's.
    if (!masked.has(patch.id) || !isReviewable(patch)) continue
    const id = rasterIdOf(patch)
    const own = `${patch.id} ${versions.get(patch.id)}`
    const before = now.versions.get(id)
    now.versions.set(id, before === undefined ? own : `${before}\n${own}`)
    now.pixels.set(id, (now.pixels.get(id) ?? 0) + patch.width * patch.height)
    now.patchIds.push(patch.id)
  }
  return now
}

function staleRasters(studio: Studio, { versions }: RastersNow): Set<string> {
  const { versions: held } = studio.pixels.inventory
  const changed = [...versions].filter(([id, version]) => held.get(id) !== version).map(([id]) => id)
  const gone = [...held.keys()].filter(id => !versions.has(id))
  return new Set([...changed, ...gone])
}

/** Keeps the table true while it is open: what changed is read again, or said to have changed where that takes long. */
export function watchInventory(studio: Studio): void {
  const { store, timers } = studio
  store.subscribe((now, before) => {
    const changed =
      now.patches.list !== before.patches.list ||
      now.review.history !== before.review.history ||
      now.review.threshold !== before.review.threshold ||
      now.inventory.open !== before.inventory.open ||
      now.session.phase !== before.session.phase ||
      now.shell.jobs !== before.shell.jobs
    if (!changed || !now.inventory.open || now.session.phase !== 'ready') return
    timers.start(TIMER, REST_MS, () => look(studio))
  })
}

/** Looks now at what the watcher would look at in a moment. */
export function lookAtInventory({ timers }: Studio): void {
  timers.finish(TIMER)
}

function look(studio: Studio): void {
  const state = studio.store.getState()
  const { open, status, stale: said } = state.inventory
  if (!open || state.session.phase !== 'ready') return
  const now = rastersNow(state)
  const stale = staleRasters(studio, now)
  if (stale.size !== said) studio.store.change({ inventory: { stale: stale.size } })
  // While masks are being made they would be out of date at once.
  if (stale.size === 0 || Object.keys(state.shell.jobs).length > 0) return
  const pixels = [...stale].reduce((sum, id) => sum + (now.pixels.get(id) ?? 0), 0)
  if (status === 'none' || (status === 'read' && pixels <= MOST_UNASKED)) void readInventory(studio)
}

/** Reads the landslides of the masks that changed since the last time, of all of them the first time. */
export async function readInventory(studio: Studio): Promise<void> {
  const { store, pixels } = studio
  const held = pixels.inventory
  await studio.jobs.run(
    'inventory',
    async options => {
      try {
        // Masks that follow the threshold are made from it: only what was painted has to be on disk.
        await studio.writes.settled()
        throwIfAborted(options.signal)
        const state = store.getState()
        const now = rastersNow(state)
        const stale = withSharing(staleRasters(studio, now), held.sharing)
        const only = [...stale].filter(id => now.versions.has(id))
        const { threshold } = state.review
        const request = { patchIds: now.patchIds, only, threshold }
        const { table, read, sharing, remarks } =
          only.length > 0
            ? await studio.files.call('inventoryTable', request, options)
            : {
                table: EMPTY_TABLE,
                read: [],
                // What is gone shares no ground.
                sharing: held.sharing.filter(pair => pair.every(id => now.versions.has(id))),
                remarks: now.versions.size > 0 ? store.getState().inventory.remarks : [],
              }
        const { active, anchor } = store.getState().inventory
        const [activeNow, anchorNow] = [held.bookmark(active), held.bookmark(anchor)]
        held.take(table, new Set(read), now.versions, sharing)
        store.change(({ inventory }) => ({
          inventory: {
            revision: inventory.revision + 1,
            count: held.table.count,
            remarks,
            status: 'read',
            error: null,
            stale: staleRasters(studio, rastersNow(store.getState())).size,
            active: activeNow(),
            anchor: anchorNow(),
          },
        }))
      } catch (thrown) {
        const { code, message } = toAppError(thrown)
        const cancelled = code === 'aborted'
        store.change({
          inventory: { status: cancelled ? 'cancelled' : 'failed', error: cancelled ? null : message },
        })
        throw thrown
      }
    },
    { again: () => readInventory(studio), work: null },
  )
}
