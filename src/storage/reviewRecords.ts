import type { RecordStore } from './database'
import type { ProjectRecord, ProjectStore } from './projectStore'
import { auditSchema, checkRecord, historySchema, projectSchema, verdictSchema } from './recordSchemas'
import { immutableRecord } from './storageError'

const PROJECT_ID = 'project'

/** The method's pseudo-label threshold. */
const DEFAULT_THRESHOLD = 0.7

export function projectMethods(records: RecordStore): Pick<ProjectStore, 'project' | 'updateProject'> {
  const project = async (): Promise<ProjectRecord> => {
    const stored = await records.read('Reading the project', open => open.get('project', PROJECT_ID))
    if (stored) return checkRecord(projectSchema, 'the project', stored)
    return records.write('Making the project', ['project'], async transaction => {
      const store = transaction.objectStore('project')
      const made = await store.get(PROJECT_ID)
      if (made) return made // another tab was first
      const fresh = freshProject()
      await store.put(fresh)
      return fresh
    })
  }
  return {
    project,
    async updateProject(change) {
      await project()
      return records.write('Saving the project', ['project'], async transaction => {
        const store = transaction.objectStore('project')
        const merged = { ...(await store.get(PROJECT_ID)), ...change, id: PROJECT_ID }
        const changed = checkRecord(projectSchema, 'the project', merged)
        await store.put(changed)
        return changed
      })
    },
  }
}

/** @param filesFolder where its files lie, if not in the folder named as the project. */
export function freshProject(filesFolder?: string): ProjectRecord {
  return {
    id: PROJECT_ID,
    name: 'Untitled project',
    createdAt: new Date().toISOString(),
    threshold: DEFAULT_THRESHOLD,
    ...(filesFolder !== undefined && { filesFolder }),
  }
}

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

/** The log of all that was done: added to, read, and never changed. */
export function auditMethods(records: RecordStore): Pick<ProjectStore, 'auditLog' | 'appendAudit'> {
  return {
    async auditLog() {
      const stored = await records.read('Reading the audit log', open => open.getAll('auditLog'))
      return stored.map((entry, index) => checkRecord(auditSchema, `log entry ${index + 1}`, entry))
    },
    async appendAudit(entries) {
      const checked = entries.map(entry => checkRecord(auditSchema, `log entry ${entry.kind}`, entry))
      await records.write('Writing the audit log', ['auditLog'], async transaction => {
        for (const entry of checked) await transaction.objectStore('auditLog').add(entry)
      })
    },
  }
}
