import { zipFiles } from '../../core/export/zipFiles'
import { throwIfAborted } from '../../core/foundation/appError'
import type { JobContext } from '../../core/foundation/job'
import { type RasterKind, rasterKind, rasterProblem } from '../../core/project/archivedRasters'
import { archiveEntries } from '../../core/project/archiveEntries'
import { mendScenes } from '../../core/project/mendScenes'
import type { ProjectRecords } from '../../core/project/projectRecords'
import { isPixelFile } from '../../core/project/rasterFiles'
import type { BytePath, ByteStore } from '../byteStore'
import type { RecordStore } from '../database'
import { REDUCED_FOLDER } from '../patchRecords'
import type { ArchiveOptions } from '../projectStore'
import { applyCalls, readAllRecords } from './archiveRecords'

interface SavedArchive {
  /** The project's. */
  name: string
  blob: Blob
  /** What was left out, since it is damaged and the archive could not be opened with it, a sentence each. */
  notes: string[]
}

/**
 * The whole project as one zip, file by file: `files/...` as they lie on disk, `records/<store>.json`, and the manifest
 * with the SHA-256 of each. The same project gives the same bytes, wherever it is.
 *
 * @throws AppError `aborted`, `storage-failed`
 */
export async function writeArchive(
  records: RecordStore,
  bytes: ByteStore,
  { unsaved, includeUnfinished }: ArchiveOptions,
  { signal, onProgress }: JobContext,
): Promise<SavedArchive> {
  const all = await readAllRecords(records)
  if (!includeUnfinished) all.unfinishedRounds = []
  const fresh = applyCalls(all, unsaved)
  all.project = all.project.map(({ filesFolder: _, ...project }) => project)
  const paths = await listFiles(bytes, includeUnfinished)
  for (const name of fresh.keys()) if (!paths.has(name)) paths.set(name, pathOf(name))
  const left = await leaveOutLost(all, paths, bytes)
  const patches = new Map(all.patches.map(patch => [patch.id, patch]))

  async function* files() {
    let done = 0
    for (const name of [...paths.keys()].sort()) {
      throwIfAborted(signal)
      onProgress?.({ label: 'Saving the archive', done: done++, total: paths.size })
      const [folder, id = ''] = paths.get(name)!
      const held = fresh.get(name) ?? (await bytes.read(paths.get(name)!, file => file.arrayBuffer()))
      // Removed since it was listed: nothing names it any more.
      if (!held) continue
      const content = new Uint8Array(held)
      const kind = rasterKind(folder)
      const patch = patches.get(id)
      if (kind && patch && (await rasterProblem(kind, content, patch))) left[kind].add(patch.name)
      else yield { name, content }
    }
    onProgress?.({ label: 'Saving the archive', done: paths.size, total: paths.size })
  }
  const blob = await zipFiles(archiveEntries(all, files(), unsaved.length))
  throwIfAborted(signal)
  return { name: all.project[0]?.name ?? 'project', blob, notes: notesOf(left) }
}

type LeftOut = Record<RasterKind, Set<string>> & {
  /** Sentences on those that are not whole. */
  scenes: string[]
}

/**
 * Takes patches out whose pixels are gone or cut, with all that hangs on them, and rasters that belong to no patch: a tab
 * that was closed at a bad moment leaves some.
 */
async function leaveOutLost(
  all: ProjectRecords,
  paths: Map<string, BytePath>,
  bytes: ByteStore,
): Promise<LeftOut> {
  const left: LeftOut = { pixels: new Set(), masks: new Set(), probabilities: new Set(), scenes: [] }
  const lost = new Set<string>()
  for (const { id, name, width, height } of all.patches) {
    if (await bytes.read(['pixels', id], file => isPixelFile(file, width, height))) continue
    lost.add(id)
    left.pixels.add(name)
  }
  const { patches, scenes, notes } = mendScenes(
    all.patches.filter(({ id }) => !lost.has(id)),
    all.scenes,
  )
  all.patches = patches
  all.scenes = scenes
  left.scenes = notes
  all.history = all.history.filter(({ patchId }) => !lost.has(patchId))
  const kept = new Set(all.patches.map(({ id }) => id))
  for (const [name, [folder, id = '']] of paths) if (rasterKind(folder) && !kept.has(id)) paths.delete(name)
  return left
}

const NAMED = 3

function notesOf({ pixels, masks, probabilities, scenes }: LeftOut): string[] {
  const named = (names: ReadonlySet<string>) => {
    const more = names.size > NAMED ? ` and ${names.size - NAMED} more` : ''
    return `${[...names].slice(0, NAMED).join(', ')}${more}`
  }
  const notes: string[] = []
  if (pixels.size > 0)
    notes.push(
      `Left out, since their pixels are gone or damaged: ${named(pixels)}. Remove these patches and add their files again.`,
    )
  notes.push(...scenes)
  if (masks.size > 0) notes.push(`Left out, since they are damaged: the masks of ${named(masks)}.`)
  if (probabilities.size > 0)
    notes.push(
      `Left out, since they are damaged: probabilities of ${named(probabilities)}. Predict these patches again.`,
    )
  return notes
}

/** By name in the archive, each part of the path encoded. */
async function listFiles(bytes: ByteStore, includeUnfinished: boolean): Promise<Map<string, BytePath>> {
  const paths = new Map<string, BytePath>()
  await bytes.walk([], names => {
    if (names[0] === REDUCED_FOLDER || (names[0] === 'rounds' && !includeUnfinished)) return
    paths.set(names.map(encodeURIComponent).join('/'), names as unknown as BytePath)
  })
  return paths
}

function pathOf(name: string): BytePath {
  return name.split('/').map(decodeURIComponent) as unknown as BytePath
}
