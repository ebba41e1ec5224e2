import { immutableRecord } from './immutableRecord'
import type { ProjectStore } from './projectStore'
import { checkRecord, historySchema, verdictSchema } from './recordSchemas'
import type { RecordStore } from './recordStore'

type ReviewMethods = Pick<
  ProjectStore,
  'verdicts' | 'putVerdicts' | 'history' | 'historyStep' | 'putHistory' | 'removeHistory'
>

/** Verdicts are only ever added. A step of the history may be put again to say that it was undone or redone. */
export function reviewMethods(records: RecordStore): ReviewMethods {
  return {
    async verdicts() {
      const stored = await records.read('Reading the verdicts', open => open.getAll('verdicts'))
      return stored.map(record => checkRecord(verdictSchema, `verdict ${record.id}`, record))
    },
    async putVerdicts(verdicts) {
      const checked = verdicts.map(verdict => checkRecord(verdictSchema, `verdict ${verdict.id}`, verdict))
      await records.write('Saving a verdict', ['verdicts'], async transaction => {
        const store = transaction.objectStore('verdicts')
        for (const verdict of checked) {
          const taken = await store.index('id').getKey(verdict.id)
          if (taken !== undefined) throw immutableRecord('verdict', verdict.id)
          await store.add(verdict)
        }
      })
    },
    async history() {
      const stored = await records.read('Reading the history', open => open.getAll('history'))
      return stored.map(record => checkRecord(historySchema, `step ${record.sequence}`, record))
    },
    async historyStep(sequence) {
      const stored = await records.read('Reading a step', open => open.get('history', sequence))
      return stored ? checkRecord(historySchema, `step ${sequence}`, stored) : null
    },
    async putHistory(steps) {
      const checked = steps.map(step => checkRecord(historySchema, `step ${step.sequence}`, step))
      await records.write('Saving a step', ['history'], async transaction => {
        const store = transaction.objectStore('history')
        for (const step of checked) {
          const before = await store.get(step.sequence)
          if (before && (before.kind !== step.kind || before.patchId !== step.patchId)) {
            throw immutableRecord('step', String(step.sequence))
          }
          await store.put(step)
        }
      })
    },
    async removeHistory(sequences) {
      await records.write('Removing steps', ['history'], async transaction => {
        for (const sequence of sequences) await transaction.objectStore('history').delete(sequence)
      })
    },
  }
}
