import { toAppError } from '../../core/foundation/appError'
import { saveThreshold } from '../review/threshold'
import { pauseRound } from '../rounds/runRound'
import { notify } from '../shell/notices'
import type { JobKind } from '../shell/slice'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { reloadProject, reopenProject } from './openProject'
import type { Hold, Session, TabMessage, Tabs } from './tabs'

export interface SessionTimes {
  /** How long a tab waits at its start for the project or for word of who has it. */
  joinMs: number
  /** How long the other tab has to answer a request. */
  answerMs: number
  /** How long it then has to put everything on disk, without a word, before the project is taken from it. */
  forceMs: number
  /** How long it may take over it once it has begun: a round saves its state first. */
  handOverMs: number
}

export const SESSION_TIMES: SessionTimes = {
  joinMs: 1500,
  answerMs: 15_000,
  forceMs: 5_000,
  handOverMs: 90_000,
}

/** For the tab that asked, before those that only wait. */
const HEAD_START_MS = 300

const JOBS: readonly JobKind[] = ['import', 'predict', 'round', 'model', 'archive', 'review']

/**
 * Joins the tabs of this project: the first one has it, the others follow what it does, read-only, until it closes or
 * hands over. Resolves as soon as it is known which; call it before `openProject`.
 */
export async function joinSession(studio: Studio, tabs: Tabs, times = SESSION_TIMES): Promise<Session> {
  const { store, writes } = studio
  let hold: Hold | null = null
  let turn: AbortController | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let following = Promise.resolve()
  let decided = () => {}
  const known = new Promise<void>(resolve => {
    decided = resolve
  })
  const post = (message: DistributiveOmit<TabMessage, 'from'>) =>
    tabs.post({ ...message, from: tabs.id } as TabMessage)
  const fail = (thrown: unknown) => notify(store, 'error', toAppError(thrown).message)

  /** Waits until the tab that has the project is gone. */
  const queue = () => {
    turn = new AbortController()
    tabs.acquire({ steal: false, signal: turn.signal }).then(own, (thrown: unknown) => {
      if (!(thrown instanceof Error && thrown.name === 'AbortError')) fail(thrown)
    })
  }
  const own = async (granted: Hold) => {
    turn = null
    hold = granted
    clearTimeout(timer)
    const late = store.getState().session.access === 'read-only'
    writes.restart()
    if (late && store.getState().session.phase === 'ready') await reloadProject(studio, 'all').catch(fail)
    store.change({ session: { access: 'owner', accessLost: null, takeOver: { status: 'none' } } })
    post({ kind: 'here' })
    decided()
    if (late) notify(store, 'information', 'This tab can change the project now.')
    await granted.gone
    if (hold === granted) lost()
  }
  /** Another tab took the project without this one's consent: it was frozen, or did not answer. */
  const lost = () => {
    hold = null
    const {
      session: { pendingWrites },
    } = store.getState()
    const message =
      'Another tab took the project over while this one did not answer.' +
      (pendingWrites > 0 ? ' What was not saved before is in this tab only.' : '')
    writes.halt(`${message} Save a project archive here to keep it.`)
    store.change({ session: { access: 'read-only', accessLost: message, takeOverAsked: null } })
    void quietJobs(studio, JOBS).catch(fail)
    if (pendingWrites === 0) {
      void reloadProject(studio, 'all').catch(fail)
      queue()
    }
  }
  const handOver = async (to: string) => {
    if (!hold || store.getState().session.access !== 'owner') return
    post({ kind: 'handing-over', to })
    store.change({ session: { access: 'waiting', takeOverAsked: null }, shell: { dialog: null } })
    try {
      await quietJobs(studio, JOBS)
      studio.maskSaver.flush()
      saveThreshold(studio)
      await writes.settled()
    } catch (thrown) {
      store.change({ session: { access: 'owner' } })
      const { message } = toAppError(thrown)
      post({ kind: 'denied', to, reason: `It has changes that cannot be saved: ${message}` })
      notify(store, 'error', `The project stays in this tab, since its changes are not saved: ${message}`)
      return
    }
    if (!hold) return
    const given = hold
    hold = null
    writes.halt('Another tab has the project.')
    store.change({ session: { access: 'read-only', accessLost: null } })
    post({ kind: 'handed-over', to })
    // The one that asked takes it at once, ahead of tabs that only wait; had it died, the next of those gets it.
    setTimeout(() => {
      given.release()
      queue()
    }, HEAD_START_MS)
  }
  const take = async () => {
    turn?.abort()
    turn = null
    await own(await tabs.acquire({ steal: true }))
  }
  const expect = (ms: number, then: () => void) => {
    clearTimeout(timer)
    timer = setTimeout(then, ms)
  }

  const hear = (message: TabMessage) => {
    const {
      session: { access, takeOver },
    } = store.getState()
    if ('to' in message && message.to !== tabs.id) return
    switch (message.kind) {
      case 'hello':
        if (hold) post({ kind: 'here' })
        break
      case 'here':
        if (hold) break
        if (access !== 'read-only') store.change({ session: { access: 'read-only' } })
        decided()
        break
      case 'ask':
        if (!hold) break
        if (message.force) void handOver(message.from)
        else
          store.change({
            session: { takeOverAsked: { by: message.from, at: studio.now().getTime() } },
            shell: { dialog: 'take-over' },
          })
        break
      case 'withdrawn':
        if (store.getState().session.takeOverAsked?.by === message.from) {
          store.change(({ shell: { dialog } }) => ({
            session: { takeOverAsked: null },
            shell: { dialog: dialog === 'take-over' ? null : dialog },
          }))
        }
        break
      case 'handing-over':
        if (takeOver.status === 'none') break
        store.change({ session: { takeOver: { status: 'handing-over' } } })
        expect(times.handOverMs, () => store.change({ session: { takeOver: { status: 'unanswered' } } }))
        break
      case 'handed-over':
        clearTimeout(timer)
        void take().catch(fail)
        break
      case 'denied':
        clearTimeout(timer)
        store.change({ session: { takeOver: { status: 'denied', reason: message.reason } } })
        break
      case 'replaced':
        if (hold) break
        following = following.then(() => reopenProject(studio, false)).catch(fail)
        break
      case 'changed': {
        if (access !== 'read-only' || store.getState().session.phase !== 'ready') break
        // A tab whose own changes wait unsaved shows those.
        if (store.getState().session.unsaved) break
        following = following.then(() => reloadProject(studio, message.patchIds)).catch(fail)
        break
      }
    }
  }

  store.change({ session: { access: 'waiting' } })
  writes.mayWrite = async () => {
    if (await tabs.isHolder()) return true
    if (hold) lost()
    return false
  }
  const deafen = tabs.listen(hear)
  const unwatch = watchChanges(studio, patchIds => {
    if (hold) post({ kind: 'changed', patchIds })
  })
  queue()
  post({ kind: 'hello' })
  expect(times.joinMs, () => {
    // Neither the lock nor a word: whoever has it is frozen.
    if (store.getState().session.access === 'waiting') store.change({ session: { access: 'read-only' } })
    decided()
  })

  const session: Session = {
    ask() {
      if (hold) return
      store.change({ session: { takeOver: { status: 'asking', since: studio.now().getTime() } } })
      post({ kind: 'ask', force: false })
      expect(times.answerMs, () => store.change({ session: { takeOver: { status: 'unanswered' } } }))
    },
    withdraw() {
      clearTimeout(timer)
      post({ kind: 'withdrawn' })
      store.change({ session: { takeOver: { status: 'none' } } })
    },
    takeAnyway() {
      if (hold) return
      post({ kind: 'ask', force: true })
      store.change({ session: { takeOver: { status: 'handing-over' } } })
      expect(times.forceMs, () => void take().catch(fail))
    },
    async answer(allow) {
      const asked = store.getState().session.takeOverAsked
      if (!asked) return
      if (allow) await handOver(asked.by)
      else {
        post({ kind: 'denied', to: asked.by, reason: 'The person at the other tab keeps the project there.' })
        store.change({ session: { takeOverAsked: null }, shell: { dialog: null } })
      }
    },
    replaced: () => post({ kind: 'replaced' }),
    leave() {
      clearTimeout(timer)
      turn?.abort()
      const given = hold
      hold = null
      given?.release()
      unwatch()
      deafen()
      studio.session = null
    },
  }
  studio.session = session
  await known
  return session
}

type DistributiveOmit<Union, Key extends PropertyKey> = Union extends unknown ? Omit<Union, Key> : never

/** Pauses the round that runs, keeping its state, and cancels the other jobs; resolves when none of them runs. */
async function quietJobs(studio: Studio, kinds: readonly JobKind[]): Promise<void> {
  const { store, jobs } = studio
  const running = () => kinds.some(kind => store.getState().shell.jobs[kind] !== undefined)
  for (const kind of kinds) if (kind !== 'round' && jobs.isRunning(kind)) jobs.cancel(kind)
  if (jobs.isRunning('round')) await pauseRound(studio)
  if (!running()) return
  await new Promise<void>(resolve => {
    const stop = store.subscribe(() => {
      if (running()) return
      stop()
      resolve()
    })
  })
}

const QUIET_MS = 250

/** What other tabs read from the storage. */
function changed(state: StudioState, before: StudioState): boolean {
  const shared = ({ session, patches, review, rounds, models }: StudioState) => [
    session.project,
    patches.list,
    review.history,
    review.threshold,
    review.maskRevision,
    review.probabilityRevision,
    rounds.list,
    rounds.unfinished,
    rounds.baseId,
    models.ensemble,
    models.startFrom,
  ]
  const was = shared(before)
  return shared(state).some((value, at) => value !== was[at])
}

/**
 * Calls `tell` once what was changed here lies on disk, at most a few times a second, with the patches whose rasters
 * changed.
 *
 * @returns stops watching
 */
function watchChanges({ store }: Studio, tell: (patchIds: string[]) => void): () => void {
  const patchIds = new Set<string>()
  let dirty = false
  let timer: ReturnType<typeof setTimeout> | undefined
  const settle = () => {
    if (!dirty || store.getState().session.pendingWrites > 0) return
    dirty = false
    const ids = [...patchIds]
    patchIds.clear()
    tell(ids)
  }
  const stop = store.subscribe((state, before) => {
    if (state.session.phase !== 'ready' || before.session.phase !== 'ready') return
    if (changed(state, before)) {
      dirty = true
      for (const id of raised(before.review.maskRevision, state.review.maskRevision)) patchIds.add(id)
      for (const id of raised(before.review.probabilityRevision, state.review.probabilityRevision))
        patchIds.add(id)
    } else if (!dirty || state.session.pendingWrites >= before.session.pendingWrites) return
    clearTimeout(timer)
    timer = setTimeout(settle, QUIET_MS)
  })
  return () => {
    clearTimeout(timer)
    stop()
  }
}

function raised(before: Readonly<Record<string, number>>, after: Readonly<Record<string, number>>): string[] {
  return before === after ? [] : Object.keys(after).filter(id => after[id] !== before[id])
}
