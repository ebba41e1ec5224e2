import { AppError } from '../../core/foundation/appError'
import { plural } from '../../core/foundation/text'
import { closeDialog, openDialog } from '../shell/actions'
import { notify, notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { saveAll } from './saveAll'

export const UNTITLED = 'Untitled project'

/** Opens the list of projects, which is read meanwhile. */
export async function showProjects(studio: Studio): Promise<void> {
  openDialog(studio, 'projects')
  await readProjects(studio)
}

async function readProjects(studio: Studio): Promise<void> {
  await reporting(studio, async () => {
    studio.store.change({ session: { projects: await studio.projects.list() } })
  })
}

/** Leaves this project, saved, for another. */
export async function switchProject(studio: Studio, projectId: string): Promise<void> {
  closeDialog(studio)
  if (projectId === studio.projectId) return
  await reporting(studio, async () => {
    await beforeLeaving(studio)
    studio.goTo(projectId)
  })
}

/** Makes a project and opens it; this one stays as it is. */
export async function createProject(studio: Studio, name: string): Promise<void> {
  closeDialog(studio)
  await reporting(studio, async () => {
    await beforeLeaving(studio)
    studio.goTo(await studio.projects.create(name.trim() || UNTITLED))
  })
}

/** Copies this project, which stays open. */
export async function duplicateProject(studio: Studio): Promise<void> {
  const name = `${studio.store.getState().session.project?.name ?? UNTITLED} copy`
  const copied = await studio.jobs.run(
    'archive',
    async options => {
      await saveAll(studio)
      return studio.files.call('duplicateProject', { name }, options)
    },
    { again: () => duplicateProject(studio), work: 'project-copy' },
  )
  if (!copied) return
  await readProjects(studio)
  notify(studio.store, 'information', `Copied as “${name}”. Open it in Projects.`)
}

/** Asks before a project is deleted. */
export async function askToDelete(studio: Studio, projectId: string): Promise<void> {
  studio.store.change({ session: { projectToDelete: projectId } })
  await readProjects(studio)
  openDialog(studio, 'delete-project')
}

/** Deletes a project for good. Where it is this one, the one opened last before follows, else a new one. */
export async function deleteProject(studio: Studio, projectId: string): Promise<void> {
  closeDialog(studio)
  const { projects } = studio
  await reporting(studio, async () => {
    const here = projectId === studio.projectId
    if (here) refuseWhileBusy(studio)
    await projects.remove(projectId, here)
    if (here) {
      const [next] = await projects.list()
      const id = next?.id ?? (await projects.create(UNTITLED))
      // Nothing of it is to be written any more.
      studio.close()
      studio.goTo(id)
      return
    }
    await projects.sweep()
    await showProjects(studio)
  })
}

/** What a project holds, in words. */
export function projectContent({ patches, rounds }: { patches: number; rounds: number }): string {
  const some = rounds > 0 ? `, ${plural(rounds, 'round')}` : ''
  return patches === 0 && rounds === 0 ? 'empty' : `${plural(patches, 'patch', 'patches')}${some}`
}

async function beforeLeaving(studio: Studio): Promise<void> {
  refuseWhileBusy(studio)
  if (studio.store.getState().session.access === 'owner') await saveAll(studio)
}

/** @throws AppError `bad-argument` while a job runs, which leaving would cut off */
function refuseWhileBusy({ store }: Studio): void {
  if (Object.keys(store.getState().shell.jobs).length === 0) return
  throw new AppError('bad-argument', 'Wait for the running job to finish, or cancel it.')
}

async function reporting(studio: Studio, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    notifyError(studio.store, thrown, 'storage-failed')
  }
}
