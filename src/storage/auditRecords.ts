import type { ProjectStore } from './projectStore'
import { auditSchema, checkRecord } from './recordSchemas'
import type { RecordStore } from './recordStore'

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
