import { AppError } from '../foundation/appError'
import { recoverMask } from '../masks/maskDiff'
import type { InputFile } from '../raster/inputFile'
import type { ZipMember } from '../raster/zipArchive'
import { auditOfSetAside } from '../review/auditLog'
import type { PatchRecord } from '../review/records'
import { reduceCell } from '../scenes/boxSums'
import { readArchivedRecords } from './archivedRecords'
import { archiveMalformed } from './archiveFormat'
import { checkArchivedFile, openArchive, storedPath } from './openArchive'
import type { ProjectReader } from './projectReader'
import { readMaskFile, readPixelFile, readPixelFileWindow } from './rasterFiles'

/** A project as it lies in its archive. */
export interface ArchivedProject {
  reader: ProjectReader
  /** The manifest of a model that is in it, by its id; null: it is not. */
  readManifest(id: string): Promise<Uint8Array | null>
  /** What of it was mended so that it opens, a sentence each. */
  notes: string[]
}

/**
 * Opens an archive to be read where it lies: as the studio would have it once it opened it, and with the same checks.
 * Records are in memory, rasters are unpacked and checked one by one as they are asked for.
 *
 * @param members of the zip, where its directory was read already
 * @param at when it is opened: the log says so of what was mended
 * @returns null where the zip is no project archive
 * @throws AppError `file-malformed`, `file-too-large`, `file-unsupported` for one of a later version; the reader's methods
 *   `file-malformed`
 */
export async function openArchivedProject(
  file: InputFile,
  at: Date,
  members?: readonly ZipMember[],
): Promise<ArchivedProject | null> {
  const archive = await openArchive(file, members)
  if (!archive) return null
  const { path } = file
  const { records, leftOut, notes } = await readArchivedRecords(path, archive)
  const project = records.project[0]!
  const byId = new Map(records.patches.map(patch => [patch.id, patch]))
  const names = new Map<string, string>()
  for (const { name } of archive.manifest.entries) {
    if (!name.startsWith('records/')) names.set(storedPath(path, name).join('/'), name)
  }
  for (const { id } of records.patches) {
    const isThere = leftOut.has(id) || names.has(`pixels/${id}`)
    if (!isThere) throw archiveMalformed(path, `the pixels of patch "${id}" are missing`)
  }
  const patchOf = (id: string): PatchRecord => {
    const patch = byId.get(id)
    if (patch) return patch
    throw new AppError('bad-argument', `There is no patch "${id}" in "${path}".`)
  }
  const read = async (...place: [string, ...string[]]): Promise<Uint8Array<ArrayBuffer> | null> => {
    const name = names.get(place.join('/'))
    if (name === undefined) return null
    const content = await archive.read(name)
    await checkArchivedFile(path, place, content, byId)
    return content as Uint8Array<ArrayBuffer>
  }
  const pixelsOf = async (id: string) => new Blob([(await read('pixels', id))!])
  const patches = records.patches
    .filter(({ removed, cell }) => removed !== true && cell?.margin !== true)
    .sort((a, b) => a.order - b.order)
  const scenes = [...records.scenes].sort((a, b) => a.at.localeCompare(b.at))
  const history = [...records.history].sort((a, b) => a.sequence - b.sequence)
  const rounds = [...records.rounds].sort((a, b) => a.index - b.index)
  const pointAudits = [...records.pointAudits].sort((a, b) => a.at.localeCompare(b.at))
  const mended = notes.map(note => auditOfSetAside(at, project.threshold, note))
  const auditLog = [...records.auditLog, ...mended]

  const reader: ProjectReader = {
    project: async () => project,
    patches: async () => patches,
    patch: async id => patchOf(id),
    async readPixels(id) {
      const { width, height } = patchOf(id)
      return readPixelFile(await pixelsOf(id), width, height)
    },
    async readPixelWindow(id, window, bands) {
      const patch = patchOf(id)
      return readPixelFileWindow(await pixelsOf(id), patch, window, bands)
    },
    async readReduced(id, window, bands) {
      const { width, height } = patchOf(id)
      const { data, valid } = await readPixelFile(await pixelsOf(id), width, height)
      const sums = reduceCell(data, valid, window)
      return bands.map(band => sums[band]!)
    },
    scenes: async () => scenes,
    async readMask(id) {
      const { width, height } = patchOf(id)
      const content = await read('masks', id)
      const steps = history.filter(({ patchId }) => patchId === id)
      if (!content) {
        // The first mask is written before the first stroke is recorded.
        const isPainted = steps.some(({ diff, undone }) => diff && !undone)
        if (isPainted) throw archiveMalformed(path, `the mask of patch "${id}" is missing`)
        return null
      }
      const { mask, through } = readMaskFile(id, content, width * height)
      if (through === null) return mask
      return recoverMask(mask, through, steps)
    },
    async readProbability(id, modelId) {
      const content = await read('probabilities', id, modelId)
      return content && new Float32Array(content.slice().buffer)
    },
    history: async () => history,
    auditLog: async () => auditLog,
    pointAudits: async () => pointAudits,
    rounds: async () => rounds,
  }
  return { reader, notes, readManifest: id => read('models', id, 'manifest.json') }
}
