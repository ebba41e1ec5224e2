import { type AppError, toAppError } from '../../core/foundation/appError'
import type { ProjectSummary, Projects } from '../../storage/projects'
import type { Damage, ProjectRescue } from '../../storage/rescue'
import type { StudioDependencies } from '../studio'
import { UNTITLED } from './projects'

/** A project that did not open, and what there is to go on with: no studio runs. */
export interface Rescue extends Pick<StudioDependencies, 'projectId' | 'goTo' | 'deliver' | 'now'> {
  /** Why it did not open. */
  error: AppError
  project: ProjectRescue
  projects: Pick<Projects, 'list' | 'create'>
}

/** What was found about a project that did not open. */
export interface Findings extends Damage {
  /** The other projects of this browser. */
  others: readonly ProjectSummary[]
}

/** Looks through the project and for others. What cannot be looked at is as if nothing were found. */
export async function examine(rescue: Rescue): Promise<Findings> {
  const [damage, list] = await Promise.all([
    rescue.project.examine().catch(nothing<Damage>({ parts: [], canSetAside: false })),
    rescue.projects.list().catch(nothing<ProjectSummary[]>([])),
  ])
  return { ...damage, others: list.filter(({ id }) => id !== rescue.projectId) }
}

/** Sets aside what cannot be read, and opens the rest. */
export async function openWithoutDamage(rescue: Rescue): Promise<void> {
  await rescue.project.setAside(rescue.now())
  rescue.goTo(rescue.projectId)
}

export async function saveStored(rescue: Rescue): Promise<void> {
  const { fileName, blob } = await rescue.project.saveStored()
  rescue.deliver(fileName, blob)
}

/** Makes an empty project and opens it; the one that does not open stays. */
export async function startAnother(rescue: Rescue): Promise<void> {
  rescue.goTo(await rescue.projects.create(UNTITLED))
}

function nothing<T>(value: T): (thrown: unknown) => T {
  return thrown => {
    console.warn(toAppError(thrown, 'storage-failed').message)
    return value
  }
}
