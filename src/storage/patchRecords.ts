import { AppError } from '../core/foundation/appError'
import { recoverMask } from '../core/masks/maskDiff'
import type { PatchRecord } from '../core/review/records'
import type { BytePath, ByteStore } from './byteStore'
import type { RecordStore, WriteTransaction } from './database'
import type { ProjectStore } from './projectStore'
import {
  MASK_ADVICE,
  maskFileParts,
  pixelFileParts,
  readMaskFile,
  readPixelFile,
  readPixelFileWindow,
} from './rasterFiles'
import { checkRecord, patchSchema } from './recordSchemas'

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
  for (const path of [pixelPath(id), maskPath(id), ['probabilities', id] as const]) await bytes.remove(path)
}

function checkSize(patchId: string, plane: { length: number }, area: number): void {
  if (plane.length === area) return
  throw new AppError(
    'shape-mismatch',
    `Patch "${patchId}" has ${area} pixels, the raster to store has ${plane.length}.`,
  )
}

const pixelPath = (patchId: string): BytePath => ['pixels', patchId]
const maskPath = (patchId: string): BytePath => ['masks', patchId]
const probabilityPath = (patchId: string, modelId: string): BytePath => ['probabilities', patchId, modelId]
