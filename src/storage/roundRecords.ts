import { immutableRecord } from './immutableRecord'
import type { ProjectStore } from './projectStore'
import { checkRecord, roundSchema } from './recordSchemas'
import type { RecordStore } from './recordStore'

/** Rounds, ascending and written once. */
export function roundMethods(records: RecordStore): Pick<ProjectStore, 'rounds' | 'putRound'> {
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
  }
}
