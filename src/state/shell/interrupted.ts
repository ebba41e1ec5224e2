import { z } from '../../core/foundation/schema'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { type InterruptedJob, OFFERED_WORK, type OfferedWork } from './slice'

const schema = z.array(z.object({ work: z.enum(OFFERED_WORK), patchIds: z.array(z.string()).optional() }))

/** Kept beside the preferences: it has to be on disk before the work begins, and a tab that dies writes nothing. */
const keyOf = (projectId: string) => `scarp.jobs.${projectId}`

type Held = Pick<Studio, 'store' | 'preferences'>

/**
 * Remembers which long jobs run, so that a visit that ended in the middle of one says so in the next and offers it
 * again; and takes from the offer what was begun again.
 */
export function watchInterrupted(studio: Studio): void {
  const { store, jobs } = studio
  jobs.onRunning = running => {
    const { interrupted } = store.getState().shell
    const left = interrupted.filter(({ work }) => !running.some(job => job.work === work))
    if (left.length < interrupted.length) store.change({ shell: { interrupted: left } })
    remember(studio, running)
  }
  store.subscribe((state, before) => {
    if (mayOffer(state) && !mayOffer(before)) store.change({ shell: { interrupted: recall(studio) } })
  })
}

/** The offer goes, for good. */
export function dismissInterrupted(
  studio: Pick<Studio, 'store' | 'preferences' | 'jobs'>,
  work: OfferedWork,
): void {
  const { interrupted } = studio.store.getState().shell
  studio.store.change({ shell: { interrupted: interrupted.filter(job => job.work !== work) } })
  remember(studio, studio.jobs.running)
}

/** Jobs that another tab runs were not interrupted. */
function mayOffer({ session }: StudioState): boolean {
  return session.phase === 'ready' && session.access === 'owner' && session.project !== null
}

function remember({ store, preferences }: Held, running: readonly InterruptedJob[]): void {
  const state = store.getState()
  if (!mayOffer(state) || !state.session.project) return
  const jobs = [...running, ...state.shell.interrupted]
  preferences.setItem(keyOf(state.session.project.id), JSON.stringify(jobs))
}

function recall({ store, preferences }: Held): InterruptedJob[] {
  const { project } = store.getState().session
  const saved = project && preferences.getItem(keyOf(project.id))
  if (!saved) return []
  try {
    return schema.parse(JSON.parse(saved))
  } catch (thrown) {
    console.warn('What the last visit was doing could not be read.', thrown)
    return []
  }
}
