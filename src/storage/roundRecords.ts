import { AppError } from '../core/foundation/appError'
import type { ByteStore } from './byteStore'
import { immutableRecord } from './immutableRecord'
import type { ProjectStore } from './projectStore'
import { checkRecord, roundSchema } from './recordSchemas'
import type { RecordStore } from './recordStore'

type RoundMethods = Pick<ProjectStore, 'rounds' | 'putRound' | 'writeModel' | 'readModel'>

const MANIFEST = 'manifest.json'

/** Rounds, ascending and written once, and the model folders that they made. */
export function roundMethods(records: RecordStore, bytes: ByteStore): RoundMethods {
  return {
    async rounds() {
      const stored = await records.read('Reading the rounds', open => open.getAll('rounds'))
      return stored
        .map(record => checkRecord(roundSchema, `round ${record.id}`, record))
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
    async writeModel(modelId, files) {
      // The manifest goes last: a folder without one was never finished and is not read.
      const names = Object.keys(files).sort((a, b) => Number(a === MANIFEST) - Number(b === MANIFEST))
      if (!names.includes(MANIFEST)) {
        throw new AppError('model-invalid', `Model "${modelId}" has no ${MANIFEST}: it cannot be stored.`)
      }
      await bytes.remove(['models', modelId])
      for (const name of names) await bytes.write(['models', modelId, name], () => [files[name]!])
    },
    async readModel(modelId) {
      const names = await bytes.list(['models', modelId])
      if (!names.includes(MANIFEST)) return null
      const files: Record<string, Uint8Array> = {}
      for (const name of names) {
        const content = await bytes.read(['models', modelId, name], file => file.arrayBuffer())
        if (content) files[name] = new Uint8Array(content)
      }
      return files
    },
  }
}
