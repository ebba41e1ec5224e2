import type { z } from 'zod'
import type { ProjectSchema } from '../migrations'
import {
  auditSchema,
  historySchema,
  importedModelSchema,
  patchSchema,
  projectSchema,
  roundSchema,
  unfinishedRoundSchema,
  verdictSchema,
} from '../recordSchemas'
import type { RecordStore, RecordStoreName } from '../recordStore'

/** Every record of a project, by store, in the order of writing. */
export type ProjectRecords = { [Name in RecordStoreName]: ProjectSchema[Name]['value'][] }

/** Each store with what its records must be. The compiler asks for an answer when a store is added. */
export const RECORD_SCHEMAS: { [Name in RecordStoreName]: z.ZodType<ProjectSchema[Name]['value']> } = {
  project: projectSchema,
  patches: patchSchema,
  verdicts: verdictSchema,
  history: historySchema,
  rounds: roundSchema,
  importedModels: importedModelSchema,
  auditLog: auditSchema,
  unfinishedRounds: unfinishedRoundSchema,
}

export const RECORD_STORES = Object.keys(RECORD_SCHEMAS).sort() as RecordStoreName[]

/** All of them at one moment. */
export function readAllRecords(records: RecordStore): Promise<ProjectRecords> {
  return records.read('Reading the project', async open => {
    const transaction = open.transaction(RECORD_STORES)
    const all = await Promise.all(RECORD_STORES.map(name => transaction.objectStore(name).getAll()))
    // In the form that reading them gives: what older versions left out is filled in.
    const current = (name: RecordStoreName, record: unknown) => {
      const checked = RECORD_SCHEMAS[name].safeParse(record)
      return checked.success ? checked.data : record
    }
    return Object.fromEntries(
      RECORD_STORES.map((name, index) => [name, all[index]!.map(record => current(name, record))]),
    ) as ProjectRecords
  })
}

/** Puts these in the place of all there are: all of them or, where it fails, none. */
export function replaceAllRecords(records: RecordStore, replacement: ProjectRecords): Promise<void> {
  return records.write('Replacing the project', RECORD_STORES, async transaction => {
    for (const name of RECORD_STORES) {
      const store = transaction.objectStore(name)
      await store.clear()
      for (const record of replacement[name]) await store.add(record)
    }
  })
}
