import { AppError } from '../core/foundation/appError'
import {
  checkRecord,
  importedModelSchema,
  roundSchema,
  unfinishedRoundSchema,
} from '../core/project/recordSchemas'
import { ENSEMBLE } from '../core/rounds/ensemble'
import { roundModelId } from '../core/rounds/round'
import type { BytePath, ByteStore } from './byteStore'
import type { RecordStore } from './database'
import type { ProjectStore } from './projectStore'
import { immutableRecord } from './storageError'

/** Rounds, ascending and written once. */
export function roundMethods(records: RecordStore): Pick<ProjectStore, 'rounds' | 'putRound'> {
  return {
    async rounds() {
      const stored = await records.read('Reading the rounds', open => open.getAll('rounds'))
      return stored
        .map((record, index) => checkRecord(roundSchema, `round ${index + 1}`, record))
        .sort((a, b) => a.index - b.index)
    },
    async putRound(round) {
      const checked = checkRecord(roundSchema, `round ${round.id}`, round)
      await records.write('Saving a round', ['rounds'], async transaction => {
        const store = transaction.objectStore('rounds')
        const taken = await store.index('id').getKey(round.id)
        if (taken !== undefined) throw immutableRecord('round', round.id)
        await store.add(checked)
      })
    },
  }
}

type UnfinishedMethods = Pick<
  ProjectStore,
  | 'unfinishedRound'
  | 'putUnfinishedRound'
  | 'removeUnfinishedRound'
  | 'freezeLabels'
  | 'readFrozen'
  | 'readCheckpoint'
  | 'writeCheckpoint'
  | 'removeCheckpoint'
>

/** The unfinished round: one record, and a folder of bytes that goes with it. */
export function unfinishedMethods(
  records: RecordStore,
  bytes: ByteStore,
  readMask: ProjectStore['readMask'],
): UnfinishedMethods {
  const copy = async (from: BytePath, to: BytePath): Promise<void> => {
    const content = await bytes.read(from, file => file.arrayBuffer())
    if (content) await bytes.write(to, () => [new Uint8Array(content)])
  }
  return {
    async unfinishedRound() {
      const [stored, recorded] = await records.read('Reading the unfinished round', async open => {
        const [found] = await open.getAll('unfinishedRounds')
        const known = found && (await open.getKeyFromIndex('rounds', 'id', found.id))
        return [found, known !== undefined] as const
      })
      // On record: it was finished, and the tab closed before this was cleared away.
      if (!stored || recorded) return null
      return checkRecord(unfinishedRoundSchema, `round ${stored.id}`, stored)
    },
    async putUnfinishedRound(round) {
      const checked = checkRecord(unfinishedRoundSchema, `round ${round.id}`, round)
      await records.write('Saving the round', ['unfinishedRounds'], async transaction => {
        const store = transaction.objectStore('unfinishedRounds')
        for (const key of await store.getAllKeys()) if (key !== round.id) await store.delete(key)
        await store.put(checked)
      })
    },
    async removeUnfinishedRound() {
      const left = await records.write('Clearing the round', ['unfinishedRounds'], async transaction => {
        const store = transaction.objectStore('unfinishedRounds')
        const found = await store.getAll()
        await store.clear()
        return found
      })
      // Nothing names what follows any more: a tab that closes in between leaves bytes, never a wrong round.
      const named = new Set(
        (await records.read('Reading the rounds', open => open.getAll('rounds'))).map(r => r.id),
      )
      await bytes.remove(['rounds'])
      for (const { id, config, targetPatchIds, heldOutPatchIds } of left) {
        if (named.has(id)) continue
        for (const modelId of config.families.map(family => roundModelId(id, family))) {
          await bytes.remove(['models', modelId])
          for (const patchId of [...targetPatchIds, ...heldOutPatchIds]) {
            await bytes.remove(['probabilities', patchId, modelId])
          }
        }
      }
    },
    async freezeLabels(roundId, { masks, probabilities }, onPatch) {
      await bytes.remove(roundPath(roundId))
      for (const id of masks) {
        const mask = await readMask(id)
        if (mask) await bytes.write(frozenPath(roundId, 'mask', id), () => [mask])
      }
      for (const id of probabilities) {
        await copy(['probabilities', id, ENSEMBLE], frozenPath(roundId, 'ensemble', id))
        onPatch?.()
      }
    },
    async readFrozen(roundId, what, patchId) {
      const content = await bytes.read(frozenPath(roundId, what, patchId), file => file.arrayBuffer())
      return content && new Uint8Array(content)
    },
    async readCheckpoint(roundId, name) {
      const content = await bytes.read(checkpointPath(roundId, name), file => file.arrayBuffer())
      return content && new Uint8Array(content)
    },
    async writeCheckpoint(roundId, name, content) {
      if (content.byteLength === 0) throw new AppError('internal', 'A checkpoint must not be empty.')
      await bytes.write(checkpointPath(roundId, name), () => [content])
    },
    removeCheckpoint: (roundId, name) => bytes.remove(checkpointPath(roundId, name)),
  }
}

const roundPath = (roundId: string): BytePath => ['rounds', roundId]

const checkpointPath = (roundId: string, name: string): BytePath => ['rounds', roundId, 'checkpoints', name]

const frozenPath = (roundId: string, what: 'mask' | 'ensemble', patchId: string): BytePath => [
  'rounds',
  roundId,
  what,
  patchId,
]

type ModelMethods = Pick<
  ProjectStore,
  'writeModel' | 'describeModel' | 'readModel' | 'importedModels' | 'putImportedModel' | 'removeImportedModel'
>

const MANIFEST = 'manifest.json'

/** Model folders, of rounds and imported, and the records of the imported ones. */
export function modelMethods(records: RecordStore, bytes: ByteStore): ModelMethods {
  const writeModel: ProjectStore['writeModel'] = async (modelId, files) => {
    // The manifest goes last: a folder without one was never finished and is not read.
    const names = Object.keys(files).sort((a, b) => Number(a === MANIFEST) - Number(b === MANIFEST))
    if (!names.includes(MANIFEST)) {
      throw new AppError('model-invalid', `Model "${modelId}" has no ${MANIFEST}: it cannot be stored.`)
    }
    await bytes.remove(['models', modelId])
    for (const name of names) await bytes.write(['models', modelId, name], () => [files[name]!])
  }
  return {
    writeModel,
    async describeModel(modelId, files) {
      for (const name of ['MODEL_CARD.md', MANIFEST]) {
        const text = files[name]
        if (text) await bytes.write(['models', modelId, name], () => [text])
      }
    },
    async readModel(modelId, wanted) {
      const names = await bytes.list(['models', modelId])
      if (!names.includes(MANIFEST)) return null
      const files: Record<string, Uint8Array> = {}
      for (const name of names) {
        if (wanted && !wanted.includes(name)) continue
        const content = await bytes.read(['models', modelId, name], file => file.arrayBuffer())
        if (content) files[name] = new Uint8Array(content)
      }
      return files
    },
    async importedModels() {
      const stored = await records.read('Reading the models', open => open.getAll('importedModels'))
      return stored
        .map(record => checkRecord(importedModelSchema, `model ${record.id}`, record))
        .sort((a, b) => a.at.localeCompare(b.at) || a.id.localeCompare(b.id))
    },
    async putImportedModel(record, files) {
      const checked = checkRecord(importedModelSchema, `model ${record.id}`, record)
      const names = await bytes.list(['models', record.id])
      const taken = await records.read('Reading the models', open => open.get('importedModels', record.id))
      // A folder of a round has no record here, and must not be replaced.
      if (taken || names.includes(MANIFEST)) throw immutableRecord('model', record.id)
      try {
        await writeModel(record.id, files)
        await records.write('Saving a model', ['importedModels'], transaction =>
          transaction.objectStore('importedModels').add(checked),
        )
      } catch (thrown) {
        // What did arrive of a folder that the disk had no room for would take the rest of it.
        await bytes.remove(['models', record.id])
        throw thrown
      }
    },
    async removeImportedModel(id) {
      const known = await records.write('Removing a model', ['importedModels'], async transaction => {
        const store = transaction.objectStore('importedModels')
        const record = await store.get(id)
        await store.delete(id)
        return record !== undefined
      })
      if (known) await bytes.remove(['models', id])
    },
  }
}
