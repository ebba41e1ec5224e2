import { AppError } from '../core/foundation/appError'
import { recoverMask } from '../core/masks/maskDiff'
import {
  MASK_ADVICE,
  maskFileParts,
  pixelFileParts,
  readMaskFile,
  readPixelFile,
  readPixelFileWindow,
} from '../core/project/rasterFiles'
import { checkRecord, patchSchema } from '../core/project/recordSchemas'
import type { PixelWindow } from '../core/raster/rasterSource'
import type { PatchRecord } from '../core/review/records'
import { type BoxSums, reduceCell } from '../core/scenes/boxSums'
import type { BytePath, ByteStore } from './byteStore'
import type { RecordStore, WriteTransaction } from './database'
import type { ProjectStore } from './projectStore'
import { readReducedFile, reducedFileParts } from './reducedFiles'

type PatchMethods = Pick<
  ProjectStore,
  | 'patches'
  | 'removedPatches'
  | 'patch'
  | 'putPatch'
  | 'updatePatch'
  | 'updatePatches'
  | 'readPixels'
  | 'readPixelWindow'
  | 'readReduced'
  | 'writeLabel'
  | 'removePatch'
  | 'readMask'
  | 'writeMask'
  | 'readProbability'
  | 'writeProbability'
>

/** Patches with their pixels and per-pixel products. Bytes are written before the record and removed after it. */
export function patchMethods(records: RecordStore, bytes: ByteStore): PatchMethods {
  const present = (id: string, record: unknown): PatchRecord => {
    if (record) return checkRecord(patchSchema, `patch ${id}`, record)
    throw new AppError('bad-argument', `There is no patch "${id}" in this project: reload the list.`)
  }
  const patchRecord = async (id: string): Promise<PatchRecord> =>
    present(id, await records.read('Reading a patch', open => open.get('patches', id)))
  const updatePatches = (changes: ReadonlyMap<string, Partial<PatchRecord>>): Promise<void> =>
    records.write('Saving patches', ['patches'], async transaction => {
      const store = transaction.objectStore('patches')
      for (const [id, change] of changes) {
        const changed = { ...present(id, await store.get(id)), ...change, id }
        await store.put(checkRecord(patchSchema, `patch ${id}`, changed))
      }
    })
  const readPlane = async (patchId: string, path: BytePath, bytesPerPixel: number) => {
    const buffer = await bytes.read(path, file => file.arrayBuffer())
    if (!buffer) return null
    const { width, height } = await patchRecord(patchId)
    if (buffer.byteLength !== width * height * bytesPerPixel) {
      throw new AppError(
        'storage-failed',
        `The probability of patch "${patchId}" is damaged: predict it again.`,
      )
    }
    return buffer
  }
  const pixelsOf = async <T>(id: string, use: (file: Blob) => Promise<T>): Promise<T> => {
    const pixels = await bytes.read(pixelPath(id), use)
    if (pixels) return pixels
    throw new AppError('storage-failed', `The pixels of patch "${id}" are gone: remove it and add it again.`)
  }
  const storedPixels = ({ id, width, height }: PatchRecord) =>
    pixelsOf(id, file => readPixelFile(file, width, height))
  const writePlane = (patchId: string, path: BytePath, plane: Uint8Array | Float32Array) => {
    // As it is now: an analyst may paint on while this waits for its turn.
    const snapshot = plane.slice()
    return bytes.write(path, async () => {
      const { width, height } = await patchRecord(patchId)
      checkSize(patchId, snapshot, width * height)
      return [snapshot]
    })
  }

  /** Of a cell that has no small copy: one of a project of before there were any. It is kept where there is room. */
  const makeReduced = async (id: string, window: PixelWindow): Promise<BoxSums[]> => {
    const { width, height } = window
    const { data, valid } = await pixelsOf(id, file =>
      readPixelFileWindow(file, { width, height }, { column: 0, row: 0, width, height }),
    )
    const sums = reduceCell(data, valid, window)
    try {
      await bytes.write(reducedPath(id), () => reducedFileParts(window, sums))
      // Whoever removed the cell meanwhile did not see the file.
      const isThere = await records.read('Reading a patch', open => open.getKey('patches', id))
      if (isThere === undefined) await bytes.remove(reducedPath(id))
    } catch (thrown) {
      console.warn(`The small copy of ${id} is made again the next time:`, thrown)
    }
    return sums
  }

  /** Latest step on record that is not undone. */
  const lastStep = (): Promise<number> =>
    records.read('Reading the history', async open => {
      const walk = open.transaction('history').store
      for (let step = await walk.openCursor(null, 'prev'); step; step = await step.continue()) {
        if (!step.value.undone) return step.value.sequence
      }
      return 0
    })

  const stored = async (removed: boolean): Promise<PatchRecord[]> => {
    // Not by the index of their order: one without an order would be missing in silence.
    const all = await records.read('Reading the patches', open => open.getAll('patches'))
    return all
      .filter(record => (record.removed === true) === removed && record.cell?.margin !== true)
      .map(record => checkRecord(patchSchema, `patch ${record.id}`, record))
      .sort((a, b) => a.order - b.order)
  }

  return {
    patches: () => stored(false),
    removedPatches: () => stored(true),
    patch: patchRecord,
    async putPatch(record, pixels) {
      const checked = checkRecord(patchSchema, `patch ${record.id}`, record)
      await bytes.write(pixelPath(record.id), () => pixelFileParts(record.width, record.height, pixels))
      if (isSeen(record)) await writeReduced(bytes, record, pixels)
      await records.write('Saving a patch', ['patches'], async transaction => {
        await transaction.objectStore('patches').put(checked)
      })
    },
    updatePatch: (id, change) => updatePatches(new Map([[id, change]])),
    updatePatches,
    async readPixels(id) {
      return storedPixels(await patchRecord(id))
    },
    async readPixelWindow(id, window, bands) {
      const record = await patchRecord(id)
      return pixelsOf(id, file => readPixelFileWindow(file, record, window, bands))
    },
    async readReduced(id, window, bands) {
      const stored = await bytes.read(reducedPath(id), file => readReducedFile(file, window, bands))
      if (stored) return stored
      const made = await makeReduced(id, window)
      return bands.map(band => made[band]!)
    },
    async writeLabel(id, label) {
      const record = await patchRecord(id)
      checkSize(id, label, record.width * record.height)
      const pixels = await storedPixels(record)
      await bytes.write(pixelPath(id), () =>
        pixelFileParts(record.width, record.height, { ...pixels, label: label.slice() }),
      )
    },
    async removePatch(id) {
      await records.write('Removing a patch', ['patches', 'history'], async transaction => {
        await transaction.objectStore('patches').delete(id)
        await deleteSteps(transaction, id)
      })
      await removePatchFiles(bytes, id)
    },

    async readMask(patchId) {
      const file = await bytes.read(maskPath(patchId), async blob => new Uint8Array(await blob.arrayBuffer()))
      const readSteps = () =>
        records.read('Reading the history', open => open.getAllFromIndex('history', 'patchId', patchId))
      if (!file) {
        // The first mask is written before the first stroke is recorded.
        const painted = (await readSteps()).some(({ diff, undone }) => diff && !undone)
        if (!painted) return null
        throw new AppError('storage-failed', `The mask of patch "${patchId}" is gone: ${MASK_ADVICE}`)
      }
      const { width, height } = await patchRecord(patchId)
      const { mask, through } = readMaskFile(patchId, file, width * height)
      // Written before masks said what they hold: nothing was recorded without the mask then.
      if (through === null) return mask
      return recoverMask(mask, through, await readSteps())
    },
    async writeMask(patchId, mask, through) {
      // As it is now: an analyst may paint on while this waits for its turn.
      const snapshot = mask.slice()
      await bytes.write(maskPath(patchId), async () => {
        const { width, height } = await patchRecord(patchId)
        checkSize(patchId, snapshot, width * height)
        return maskFileParts(snapshot, through ?? (await lastStep()))
      })
    },
    async readProbability(patchId, modelId) {
      const path = probabilityPath(patchId, modelId)
      const buffer = await readPlane(patchId, path, Float32Array.BYTES_PER_ELEMENT)
      return buffer && new Float32Array(buffer)
    },
    writeProbability: (patchId, modelId, probability) =>
      writePlane(patchId, probabilityPath(patchId, modelId), probability),
  }
}

/** Deletes the steps of a patch, in a transaction that has the history. */
export async function deleteSteps(transaction: WriteTransaction, patchId: string): Promise<void> {
  const history = transaction.objectStore('history')
  for (const sequence of await history.index('patchId').getAllKeys(patchId)) await history.delete(sequence)
}

/** Removes what a patch has beside its record. */
export async function removePatchFiles(bytes: ByteStore, id: string): Promise<void> {
  const paths = [pixelPath(id), reducedPath(id), maskPath(id), ['probabilities', id] as const]
  for (const path of paths) await bytes.remove(path)
}

/** Whether a patch is a cell that the map shows, so that there is a small copy of it. */
export function isSeen({ cell }: PatchRecord): boolean {
  return cell !== undefined && cell.margin !== true
}

/** Writes the small copy of a cell. @param pixels data [14, height, width], valid [height, width] */
export async function writeReduced(
  bytes: ByteStore,
  { id, cell }: PatchRecord,
  { data, valid }: { data: Float32Array; valid: Uint8Array | null },
): Promise<void> {
  const { window } = cell!
  await bytes.write(reducedPath(id), () => reducedFileParts(window, reduceCell(data, valid, window)))
}

function checkSize(patchId: string, plane: { length: number }, area: number): void {
  if (plane.length === area) return
  throw new AppError(
    'shape-mismatch',
    `Patch "${patchId}" has ${area} pixels, the raster to store has ${plane.length}.`,
  )
}

/** Small copies of cells: made of the pixels, so that no archive holds them. */
export const REDUCED_FOLDER = 'reduced'

const pixelPath = (patchId: string): BytePath => ['pixels', patchId]
const reducedPath = (patchId: string): BytePath => [REDUCED_FOLDER, patchId]
const maskPath = (patchId: string): BytePath => ['masks', patchId]
const probabilityPath = (patchId: string, modelId: string): BytePath => ['probabilities', patchId, modelId]
