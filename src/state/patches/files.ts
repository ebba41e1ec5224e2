import { plural } from '../../core/foundation/text'
import type { RefusedFile, Remark } from '../../core/patches/importPatches'
import { SCALE_TITLES, type ValueScale } from '../../core/patches/patch'
import type { ImportEvent, MaskOfPatch, SceneDrop } from '../../worker/protocol'
import type { DroppedModel } from '../../worker/protocolModels'
import { placedPatch } from '../layers/references'
import { importModels } from '../models/actions'
import { recordAudit } from '../review/audit'
import { forgetSteps } from '../review/history'
import { offerScenes, refuseForScenes } from '../scenes/addScene'
import { measureStorage } from '../session/openProject'
import { offerArchive } from '../session/projectActions'
import { closeDialog, openDialog } from '../shell/actions'
import type { JobOptions } from '../shell/jobs'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { selectPatch } from '../view/actions'
import { readPatches } from './actions'
import { importReport, needsAttention, reportHeadline } from './importReport'
import { scaleObstacle } from './selectors'
import type { DroppedFile, ImportedImage, ImportOutcome } from './slice'
import { offerPolygons } from './takePolygons'

/** What an import met, gathered from its events as they come: a cancelled one keeps what it had. */
interface Gathered extends ImportOutcome {
  remarks: Remark[]
  refused: RefusedFile[]
  images: ImportedImage[]
  masks: MaskOfPatch[]
  found: DroppedModel[]
  archive: StudioState['session']['archive']
  /** Scenes, or what belongs to them. */
  drop: SceneDrop | null
}

function nothing(files: ImportOutcome['files'] = []): Gathered {
  return {
    added: 0,
    models: [],
    remarks: [],
    refused: [],
    files,
    images: [],
    masks: [],
    found: [],
    archive: null,
    drop: null,
  }
}

function gather(gathered: Gathered, event: ImportEvent): void {
  const { remarks, refused, images, found } = gathered
  switch (event.kind) {
    case 'added':
      if (!event.replaced) gathered.added++
      images.push({ path: event.path, patchId: event.patchId, scaleInDoubt: event.scaleInDoubt })
      remarks.push(...event.remarks.map(note => ({ path: event.path, ...note })))
      break
    case 'left-out':
      images.push({ path: event.path, patchId: event.patchId, scaleInDoubt: false })
      remarks.push({ path: event.path, reason: event.reason, message: event.message })
      break
    case 'remark':
      remarks.push({ path: event.path, reason: event.reason, message: event.message })
      break
    case 'refused':
      if (event.code === 'scale-unknown') images.push({ path: event.path, patchId: null, scaleInDoubt: true })
      refused.push({ path: event.path, code: event.code, message: event.message })
      break
    case 'mask':
      gathered.masks.push({ path: event.path, patchId: event.patchId })
      break
    case 'model':
      found.push(event.model)
      break
    case 'scenes':
      gathered.drop = event.drop
      break
    case 'archive':
      gathered.archive = { path: event.path, file: event.file, summary: event.summary }
  }
}

function isEmpty({ added, remarks, refused, images, found, archive, drop }: Gathered): boolean {
  const count = added + remarks.length + refused.length + images.length + found.length
  return count === 0 && archive === null && drop === null
}

/**
 * Takes dropped or chosen files into the project, images and models alike; those refused are listed, the others stay.
 *
 * @param given the files, or what finds them in dropped folders, which takes its time, too.
 */
export async function importFiles(
  studio: Studio,
  given: readonly DroppedFile[] | ((options: JobOptions) => Promise<DroppedFile[]>),
): Promise<void> {
  let files = typeof given === 'function' ? null : given
  if (files?.length === 0) return
  const gathered = nothing(files ?? [])
  // What is added while the dialog "Add scene" is open belongs to its scenes.
  const joined = studio.store.getState().scenes.builder?.drop.id
  const done = await studio.jobs.run(
    'import',
    async options => {
      if (typeof given === 'function') files ??= await given(options)
      gathered.files = files ?? []
      // A removal that waits to be written counts: its patch may be among these files again.
      await studio.writes.settled()
      return studio.files.call(
        'import',
        { files: [...gathered.files], domain: 'auto', ...(joined !== undefined && { drop: joined }) },
        { ...options, onEvent: event => gather(gathered, event) },
      )
    },
    { again: () => importFiles(studio, files ?? given), work: 'import' },
  )
  const { found, archive, drop } = gathered
  if (isEmpty(gathered)) {
    if (done) {
      notify(
        studio.store,
        'information',
        'No scenes, patches or models found. Scarp reads Sentinel-2 products with a DEM, .h5 patches, 14-band ' +
          'GeoTIFFs, .safetensors files and model folders, and zips or folders of these.',
      )
    }
    return
  }
  if (archive) offerArchive(studio, archive)
  if (drop && joined === undefined && isPolygonsAlone(studio, drop)) {
    offerPolygons(studio, { drop, files: gathered.files, refused: gathered.refused })
  } else if (drop) offerScenes(studio, drop, gathered.refused)
  else if (joined !== undefined) refuseForScenes(studio, gathered.refused)
  if (isEmpty({ ...gathered, archive: null, drop: null })) return
  const models = await importModels(studio, found)
  const refused = [...gathered.refused, ...models.refused]
  await takeIn(studio, { ...gathered, models: models.added, refused })
}

/** Polygons dropped beside scenes are areas of theirs; alone they may be landslides, an area, or lines to look at. */
function isPolygonsAlone({ store }: Studio, { scenes, elevation, slopes }: SceneDrop): boolean {
  return scenes.length + elevation.length + slopes.length === 0 && placedPatch(store.getState()) !== null
}

/** Takes what these refused files came in once more: whole, where it is a zip or a folder. */
export async function importAgain(studio: Studio, refused: readonly string[]): Promise<void> {
  const given = studio.store.getState().patches.importOutcome?.files ?? []
  const holds = (outer: string, inner: string) => inner === outer || inner.startsWith(`${outer}/`)
  closeDialog(studio)
  await importFiles(
    studio,
    given.filter(({ path }) => refused.some(other => holds(path, other) || holds(other, path))),
  )
}

/**
 * Reads images of the last import again in a value scale that a person chose; each replaces the patch that it gave. The
 * report then says what holds now.
 */
export async function importWithScale(
  studio: Studio,
  images: readonly ImportedImage[],
  scale: ValueScale,
): Promise<void> {
  const state = studio.store.getState()
  const before = state.patches.importOutcome
  closeDialog(studio)
  const obstacle = scaleObstacle(state)
  if (obstacle) notify(studio.store, 'error', obstacle)
  if (!before || images.length === 0 || obstacle) return
  const gathered = nothing(before.files)
  const again = { images: images.map(({ path, patchId }) => ({ path, patchId })), scale }
  await studio.jobs.run(
    'import',
    async options => {
      // A stroke that waits to be written counts: its patch is not replaced.
      await studio.writes.settled()
      return studio.files.call(
        'import',
        { files: [...before.files], domain: 'auto', again },
        { ...options, onEvent: event => gather(gathered, event) },
      )
    },
    { again: () => importWithScale(studio, stillThere(studio, images), scale), work: 'import' },
  )
  if (isEmpty(gathered)) return
  const read = pathsOf(gathered.images)
  const heard = pathsOf([...gathered.images, ...gathered.remarks, ...gathered.refused])
  replaceInQueue(studio, before.images, gathered.images)
  const outcome = {
    ...before,
    added: before.added + gathered.added,
    remarks: [...without(before.remarks, heard), ...gathered.remarks],
    refused: [...without(before.refused, heard), ...gathered.refused],
    images: [...without(before.images, read), ...gathered.images],
  }
  const reread = plural(gathered.images.length, 'image')
  await takeIn(studio, outcome, `${reread} read again as ${SCALE_TITLES[scale]}`)
}

/** The images as the report has them now: some may have been read again before the rest failed. */
function stillThere({ store }: Studio, images: readonly ImportedImage[]): ImportedImage[] {
  const paths = pathsOf(images)
  return (store.getState().patches.importOutcome?.images ?? []).filter(({ path }) => paths.has(path))
}

const pathsOf = (entries: readonly { path: string }[]) => new Set(entries.map(({ path }) => path))

function without<Entry extends { path: string }>(entries: readonly Entry[], paths: Set<string>): Entry[] {
  return entries.filter(({ path }) => !paths.has(path))
}

/** A patch that was read again keeps its place. */
function replaceInQueue(
  studio: Studio,
  before: readonly ImportedImage[],
  now: readonly ImportedImage[],
): void {
  const newIds = new Map(now.map(({ path, patchId }) => [path, patchId]))
  const replaced = new Map(before.map(({ path, patchId }) => [patchId, newIds.get(path)]))
  const { queue } = studio.store.getState().patches
  studio.store.change({ patches: { queue: queue.map(id => replaced.get(id) ?? id) } })
}

/** Fixed so that everyone's demo is the same one, and not the seed of the patches that the starters learned from. */
const DEMO_SEED = 7

export async function openDemo(studio: Studio): Promise<void> {
  const gathered = nothing()
  await studio.jobs.run(
    'import',
    options =>
      studio.files.call(
        'openDemo',
        { seed: DEMO_SEED },
        { ...options, onEvent: event => gather(gathered, event) },
      ),
    { again: () => openDemo(studio), work: 'demo' },
  )
  // The demo has no files to read again.
  if (!isEmpty(gathered)) await takeIn(studio, { ...gathered, images: [] })
}

function importDetail({ added, refused, models }: ImportOutcome): string {
  const brought = models?.length ? `, models ${models.join(', ')}` : ''
  return `${plural(added, 'patch', 'patches')} added, ${plural(refused.length, 'file')} refused${brought}`
}

/** Shows what an import brought. Also after a cancelled one: patches that were stored before it stay. */
async function takeIn(studio: Studio, outcome: ImportOutcome, detail = importDetail(outcome)): Promise<void> {
  const known = new Set(studio.store.getState().patches.list.map(patch => patch.id))
  const { added, models, remarks, refused, files, images, masks } = outcome
  const importOutcome = { added, models, remarks, refused, files, images, masks }
  studio.store.change({ patches: { importOutcome } })
  recordAudit(studio, { kind: 'import', detail })
  const list = await readPatches(studio)
  const fresh = list.filter(patch => !known.has(patch.id))
  // Removed before and read again: the worker began it without its steps.
  forgetSteps(studio, new Set(fresh.map(({ id }) => id)))
  for (const { id } of fresh) studio.pixels.forgetPatch(id)
  const first = fresh.find(patch => !patch.hasLabel) ?? fresh[0]
  if (first) await selectPatch(studio, first.id)
  report(studio)
  await measureStorage(studio)
}

/** Shows the report where it asks for something; else a line says what came in. */
function report(studio: Studio): void {
  const state = studio.store.getState()
  const summary = importReport(state)
  if (needsAttention(summary) && state.shell.dialog === null) {
    openDialog(studio, 'import-report')
    return
  }
  const { patches, models } = summary.added
  // The demo and models show themselves; files that are there already would seem to be ignored.
  if (needsAttention(summary) || (patches > 0 && state.patches.importOutcome?.images.length))
    notify(studio.store, 'information', `${reportHeadline(summary)}.`)
  else if (patches + models.length === 0)
    notify(studio.store, 'information', 'Nothing new: these files are in the project already.')
}
