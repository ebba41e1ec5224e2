import { AppError } from '../core/foundation/appError'
import type { ByteStore } from './byteStore'
import { immutableRecord } from './immutableRecord'
import type { ProjectStore } from './projectStore'
import { checkRecord, importedModelSchema } from './recordSchemas'
import type { RecordStore } from './recordStore'

type ModelMethods = Pick<
  ProjectStore,
  'writeModel' | 'readModel' | 'importedModels' | 'putImportedModel' | 'removeImportedModel'
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
