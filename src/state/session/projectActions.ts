import { predictingModels } from '../models/selectors'
import { deleteRemoved } from '../patches/removal'
import { recordAudit } from '../review/audit'
import { discardRound } from '../rounds/runRound'
import { closeDialog, openDialog } from '../shell/actions'
import { notify, notifyError } from '../shell/notices'
import type { Studio } from '../studio'
import { measureStorage, reopenProject } from './openProject'
import { switchProject } from './projects'
import { canChange, refuseChange } from './selectors'
import type { SessionSlice } from './slice'

/** Saves the whole project as one zip, with changes that the disk had no room for. */
export async function saveArchive(studio: Studio): Promise<void> {
  const { jobs, writes, files, store } = studio
  const saved = await jobs.run(
    'archive',
    async options => {
      const unsaved = await writes.settled().then(
        () => [],
        () => studio.recordCalls(() => writes.rehearse()),
      )
      const includeUnfinished = store.getState().shell.jobs.round === undefined
      return files.call('saveArchive', { unsaved, includeUnfinished }, options)
    },
    { again: () => saveArchive(studio), work: 'archive-saving' },
  )
  if (!saved) return
  studio.deliver(saved.fileName, saved.blob)
  if (canChange(store.getState())) {
    recordAudit(studio, { kind: 'export', detail: `${saved.fileName}: the whole project` })
  }
  const { fileName, notes } = saved
  if (notes.length > 0) notify(store, 'error', `Saved as ${fileName}, but not whole. ${notes.join(' ')}`)
  else
    notify(
      store,
      'information',
      `Saved the whole project as ${fileName}. Open it here or on another machine.`,
    )
}

/** Asks whether an archive is to replace this project. */
export function offerArchive(studio: Studio, archive: NonNullable<SessionSlice['archive']>): void {
  if (refuseChange(studio)) return
  studio.store.change({ session: { archive } })
  openDialog(studio, 'open-archive')
}

/** Reads an archive's summary and offers the archive. */
export async function inspectArchive(studio: Studio, path: string, file: Blob): Promise<void> {
  if (refuseChange(studio)) return
  const read = await studio.jobs.run(
    'archive',
    async options => ({ summary: await studio.files.call('inspectArchive', { path, file }, options) }),
    { again: () => inspectArchive(studio, path, file), work: 'archive-opening' },
  )
  if (!read) return
  // Behind the job: while one of archives runs, none is offered.
  if (read.summary) offerArchive(studio, { path, file, summary: read.summary })
  else {
    notify(
      studio.store,
      'error',
      `"${path}" is not a project archive: those end in .scarp.zip and are saved with "Save project archive".`,
    )
  }
}

export function declineArchive(studio: Studio): void {
  closeDialog(studio)
  studio.store.change({ session: { archive: null } })
}

/**
 * Opens the archive as a project of its own, or replaces this one with it; where that fails or is cancelled, this project
 * stays as it is.
 */
export async function acceptArchive(studio: Studio, asNew: boolean): Promise<void> {
  const {
    session: { archive },
  } = studio.store.getState()
  if (!archive || refuseChange(studio)) return
  declineArchive(studio)
  await openArchive(studio, archive, asNew)
}

async function openArchive(
  studio: Studio,
  archive: NonNullable<SessionSlice['archive']>,
  asNew: boolean,
): Promise<void> {
  const { path, file, summary } = archive
  const done = await studio.jobs.run(
    'archive',
    async options => {
      await studio.writes.settled()
      return studio.files.call('openArchive', { path, file, asNew }, options)
    },
    { again: () => openArchive(studio, archive, asNew), work: 'archive-opening' },
  )
  if (!done) return
  const { projectId, notes } = done
  const mended = notes.join(' ')
  if (projectId !== null) {
    // Leaving would take the notes along.
    if (mended) notify(studio.store, 'error', `Added ${summary.name}, mended. ${mended} Open it in Projects.`)
    else await switchProject(studio, projectId)
    return
  }
  await reopenProject(studio)
  const opened = `Opened ${summary.name}: ${summary.patches} patches, ${summary.rounds} rounds.`
  notify(studio.store, mended ? 'error' : 'information', mended ? `${opened} ${mended}` : opened)
}

export function renameProject(studio: Studio, name: string): void {
  const {
    session: { project },
  } = studio.store.getState()
  const plain = name.trim().slice(0, 200)
  closeDialog(studio)
  if (!project || plain === '' || plain === project.name || refuseChange(studio)) return
  studio.store.change({ session: { project: { ...project, name: plain } } })
  void studio.writes.push(() => studio.storage.updateProject({ name: plain }))
}

/** Lets the user choose an archive with the browser's file dialog. */
export function chooseArchive(studio: Studio): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.accept = '.zip,application/zip'
  input.dataset.testid = 'archive-input'
  input.hidden = true
  input.addEventListener('change', () => {
    const [file] = input.files ?? []
    input.remove()
    if (file) void inspectArchive(studio, file.name, file)
  })
  input.addEventListener('cancel', () => input.remove())
  // In the page, so that it is not garbage-collected while the dialog is open.
  document.body.append(input)
  input.click()
}

/** Opens the storage dialog, with what uses how much. */
export async function showStorage(studio: Studio): Promise<void> {
  openDialog(studio, 'storage')
  await measureUse(studio)
}

/** Removes the probability maps of single models, except those that predict now: they can be predicted again. */
export function freePredictions(studio: Studio): Promise<void> {
  const kept = predictingModels(studio.store.getState()).map(model => model.id)
  return freeing(studio, async () => {
    await studio.storage.removePredictions(kept)
    for (const { id } of studio.store.getState().patches.list)
      studio.pixels.probabilities.deleteUnder(`${id}/`)
  })
}

/** Removes the unfinished round with its checkpoints. */
export function freeCheckpoints(studio: Studio): Promise<void> {
  return freeing(studio, () => discardRound(studio))
}

/** Deletes removed patches for good; the history continues without their steps. */
export function freeRemoved(studio: Studio): Promise<void> {
  return freeing(studio, () => deleteRemoved(studio))
}

async function freeing(studio: Studio, work: () => Promise<void>): Promise<void> {
  // Allowed when too many changes are unsaved, since this makes room for them; never in another tab's project.
  if (studio.store.getState().session.access !== 'owner' && refuseChange(studio)) return
  try {
    await work()
    await measureUse(studio)
    if (studio.store.getState().session.unsaved) await retrySaving(studio)
  } catch (thrown) {
    notifyError(studio.store, thrown, 'storage-failed')
  }
}

/** Tries again to write the changes that the disk had no room for. */
export async function retrySaving(studio: Studio): Promise<void> {
  if (await studio.writes.retry()) notify(studio.store, 'information', 'Everything is saved again.')
  await measureStorage(studio)
}

async function measureUse(studio: Studio): Promise<void> {
  try {
    studio.store.change({ session: { storageUse: await studio.storage.storageUse() } })
    await measureStorage(studio)
  } catch (thrown) {
    notifyError(studio.store, thrown, 'storage-failed')
  }
}
