import { PROJECT_ID, type ProjectRecord } from '../core/project/projectRecords'
import {
  auditSchema,
  checkRecord,
  historySchema,
  pointAuditSchema,
  projectSchema,
} from '../core/project/recordSchemas'
import type { AuditEntry } from '../core/review/auditLog'
import type { PointAuditRecord } from '../core/review/pointAudit'
import type { HistoryRecord } from '../core/review/records'
import type { Verdict } from '../core/review/verdict'
import { DEFAULT_MASK_THRESHOLD } from '../core/rounds/probabilityTally'
import type { RecordStore } from './database'
import type { ProjectStore } from './projectStore'
import { immutableRecord } from './storageError'

/** @param filesFolder of a project whose record is gone. */
export function projectMethods(
  records: RecordStore,
  filesFolder?: string,
): Pick<ProjectStore, 'project' | 'updateProject'> {
  const project = async (): Promise<ProjectRecord> => {
    const stored = await records.read('Reading the project', open => open.get('project', PROJECT_ID))
    if (stored) return checkRecord(projectSchema, 'the project', stored)
    return records.write('Making the project', ['project'], async transaction => {
      const store = transaction.objectStore('project')
      const made = await store.get(PROJECT_ID)
      if (made) return made // another tab was first
      const fresh = freshProject(filesFolder)
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
    threshold: DEFAULT_MASK_THRESHOLD,
    thresholdChosen: false,
    ...(filesFolder !== undefined && { filesFolder }),
  }
}

type ReviewMethods = Pick<ProjectStore, 'history' | 'historyStep' | 'putHistory' | 'removeHistory'>

/** Steps are added, and put again only to say that they were undone or redone: a verdict is never changed. */
export function reviewMethods(records: RecordStore): ReviewMethods {
  return {
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
          if (before && !isSameStep(before, step)) throw immutableRecord('step', String(step.sequence))
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

function isSameStep(before: HistoryRecord, step: HistoryRecord): boolean {
  return (
    before.kind === step.kind &&
    before.patchId === step.patchId &&
    isSameVerdict(before.verdictBefore, step.verdictBefore) &&
    isSameVerdict(before.verdictAfter, step.verdictAfter)
  )
}

function isSameVerdict(before: Verdict | null | undefined, verdict: Verdict | null | undefined): boolean {
  return (
    before?.id === verdict?.id && before?.kind === verdict?.kind && before?.maskHash === verdict?.maskHash
  )
}

const UNREADABLE: AuditEntry = {
  at: '',
  kind: 'unreadable',
  patchId: null,
  verdict: null,
  verdictId: null,
  supersedes: null,
  threshold: 0,
  roundId: null,
  modelIds: [],
  maskHash: null,
  reviewer: null,
  detail: 'This line of the log is damaged and cannot be read',
}

/** The log of all that was done: added to, read, and never changed. */
export function auditMethods(records: RecordStore): Pick<ProjectStore, 'auditLog' | 'appendAudit'> {
  return {
    async auditLog() {
      const stored = await records.read('Reading the audit log', open => open.getAll('auditLog'))
      return stored.map(entry => {
        const checked = auditSchema.safeParse(entry)
        // One damaged line must not hide all others.
        return checked.success ? checked.data : UNREADABLE
      })
    },
    async appendAudit(entries) {
      const checked = entries.map(entry => checkRecord(auditSchema, `log entry ${entry.kind}`, entry))
      await records.write('Writing the audit log', ['auditLog'], async transaction => {
        for (const entry of checked) await transaction.objectStore('auditLog').add(entry)
      })
    },
  }
}

type PointAuditMethods = Pick<ProjectStore, 'pointAudits' | 'putPointAudit' | 'removePointAudit'>

/** Audits by points: answers come and go, the draw never changes. */
export function pointAuditMethods(records: RecordStore): PointAuditMethods {
  const checked = (audit: PointAuditRecord) => checkRecord(pointAuditSchema, `point audit ${audit.id}`, audit)
  return {
    async pointAudits() {
      const stored = await records.read('Reading the point audits', open => open.getAll('pointAudits'))
      return stored.map(checked).sort((a, b) => a.at.localeCompare(b.at))
    },
    async putPointAudit(audit) {
      const sound = checked(audit)
      await records.write('Saving a point audit', ['pointAudits'], async transaction => {
        const store = transaction.objectStore('pointAudits')
        const before = await store.get(audit.id)
        if (before && drawOf(before) !== drawOf(sound)) throw immutableRecord('draw of point audit', audit.id)
        await store.put(sound)
      })
    },
    async removePointAudit(id) {
      await records.write('Removing a point audit', ['pointAudits'], async transaction => {
        await transaction.objectStore('pointAudits').delete(id)
      })
    },
  }
}

function drawOf({ seed, disagreementFrom, strata, points }: PointAuditRecord): string {
  return JSON.stringify([
    seed,
    disagreementFrom,
    strata.map(({ stratum, pixels, area }) => [stratum, pixels, area]),
    points.map(({ number, patchId, column, row, stratum }) => [number, patchId, column, row, stratum]),
  ])
}
