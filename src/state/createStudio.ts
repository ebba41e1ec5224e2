import { CHANGING_CALLS, type ProjectStore, type StoreCall } from '../storage/projectStore'
import { watchSurroundings } from './accuracy/surroundings'
import { watchAudit } from './accuracy/watchAudit'
import { watchSelectedLandslide } from './inventory/followSelection'
import { watchInventory } from './inventory/readTable'
import { isOnScreen, watchOtherPane } from './layers/panes'
import { watchLayers } from './layers/pictures'
import { PredictionBuffer } from './models/predictionBuffer'
import { watchQueue } from './patches/actions'
import { PixelCache } from './pixelCache'
import { MaskSaver } from './review/maskSaver'
import { watchFlips } from './review/threshold'
import { Serial, Timers } from './scheduling'
import { pacedCount, WriteQueue } from './session/writeQueue'
import { watchInterrupted } from './shell/interrupted'
import { JobRunner } from './shell/jobs'
import { soundKeymap } from './shell/keymap'
import type { Studio, StudioDependencies } from './studio'
import { createStudioStore } from './studioState'
import { hasTwoPanes } from './view/slice'

/** Makes the studio; call `openProject` and `startEngine` on it next. */
export function createStudio(dependencies: StudioDependencies): Studio {
  const store = createStudioStore(dependencies.preferences)
  store.change(({ shell, layers, view }) => ({
    // Keys may be of commands that this version no longer has.
    shell: { keymap: soundKeymap(shell.keymap) },
    view: { mode: hasTwoPanes(view.mode) && !layers.otherPane ? 'single' : view.mode },
  }))
  const timers = new Timers()
  const writes = new WriteQueue({
    onPending: pacedCount(timers, pendingWrites => store.change({ session: { pendingWrites } })),
    onRefused: saveError => store.change({ session: { saveError } }),
    onUnsaved: unsaved => {
      if (unsaved || store.getState().session.unsaved) store.change({ session: { unsaved } })
    },
  })
  const pixels = new PixelCache(key => isOnScreen(store.getState(), key))
  const switchable = switchableStore(dependencies.storage)
  const studio: Studio = {
    ...dependencies,
    storage: switchable.storage,
    recordCalls: switchable.record,
    async reopenStorage() {
      if (dependencies.openStorage) switchable.use(await dependencies.openStorage())
    },
    store,
    pixels,
    writes,
    jobs: new JobRunner(store, dependencies.now),
    timers,
    maskSaver: new MaskSaver({ storage: switchable.storage, store, writes, timers }),
    predictions: new PredictionBuffer({ store, pixels, timers }),
    undoing: new Serial(),
    laying: null,
    sharesWanted: new Set(),
    session: null,
    close() {
      studio.session?.leave()
      writes.halt('The studio was closed.')
      timers.close()
    },
  }

  watchLayers(studio)
  watchOtherPane(studio)
  watchQueue(studio)
  watchFlips(studio)
  watchAudit(studio)
  watchSurroundings(studio)
  watchInterrupted(studio)
  watchInventory(studio)
  watchSelectedLandslide(studio)
  return studio
}

/** A project store that can be reopened behind those who hold it, and whose writes can be recorded instead of done. */
export interface SwitchableStore {
  storage: ProjectStore
  use(store: ProjectStore): void
  /** What `work` would change, in its order; nothing is written. */
  record(work: () => Promise<void>): Promise<StoreCall[]>
}

const CHANGING: ReadonlySet<string | symbol> = new Set(CHANGING_CALLS)

function switchableStore(store: ProjectStore): SwitchableStore {
  let current = store
  let calls: StoreCall[] | null = null
  const storage = new Proxy(store, {
    get(_target, name) {
      const noted = calls
      if (noted && CHANGING.has(name)) {
        return async (...args: unknown[]) => {
          noted.push({ method: name, args } as StoreCall)
        }
      }
      return Reflect.get(current, name)
    },
    set: (_target, name, value) => Reflect.set(current, name, value),
  })
  return {
    storage,
    use(store) {
      current = store
    },
    async record(work) {
      const noted: StoreCall[] = []
      calls = noted
      try {
        await work()
      } finally {
        calls = null
      }
      return noted
    },
  }
}
