import { joined } from '../../core/foundation/bytes'
import { RECORD_SCHEMAS, RECORD_STORES } from '../../core/project/archiveRecords'
import type { ProjectRecords, RecordStoreName } from '../../core/project/projectRecords'
import { maskFileParts } from '../../core/project/rasterFiles'
import type { RecordStore } from '../database'
import type { StoreCall } from '../projectStore'

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
    ) as unknown as ProjectRecords
  })
}

/** Replaces all records there are: all of them or, where it fails, none. */
export function replaceAllRecords(records: RecordStore, replacement: ProjectRecords): Promise<void> {
  return records.write('Replacing the project', RECORD_STORES, async transaction => {
    for (const name of RECORD_STORES) {
      const store = transaction.objectStore(name)
      await store.clear()
      for (const record of replacement[name]) await store.add(record)
    }
  })
}

/**
 * Lays changes that are not on disk over records that were read, in their order.
 *
 * @returns files that they replace, by name ("masks/p1")
 */
export function applyCalls(records: ProjectRecords, calls: readonly StoreCall[]): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>()
  const changePatch = (id: string, change: object) => {
    records.patches = records.patches.map(patch => (patch.id === id ? { ...patch, ...change, id } : patch))
  }
  for (const call of calls) {
    switch (call.method) {
      case 'updateProject':
        records.project = records.project.map(project => ({ ...project, ...call.args[0] }))
        break
      case 'updatePatch':
        changePatch(...call.args)
        break
      case 'updatePatches':
        for (const [id, change] of call.args[0]) changePatch(id, change)
        break
      case 'putHistory': {
        const [steps] = call.args
        const put = new Set(steps.map(({ sequence }) => sequence))
        records.history = [...records.history.filter(({ sequence }) => !put.has(sequence)), ...steps]
        break
      }
      case 'removeHistory': {
        const gone = new Set(call.args[0])
        records.history = records.history.filter(({ sequence }) => !gone.has(sequence))
        break
      }
      case 'appendAudit':
        records.auditLog.push(...call.args[0])
        break
      case 'putPointAudit': {
        const [audit] = call.args
        records.pointAudits = [...records.pointAudits.filter(({ id }) => id !== audit.id), audit]
        break
      }
      case 'removePointAudit':
        records.pointAudits = records.pointAudits.filter(({ id }) => id !== call.args[0])
        break
      case 'writeMask': {
        const [patchId, mask, through] = call.args
        const latest = records.history.findLast(step => !step.undone)?.sequence ?? 0
        files.set(
          `masks/${encodeURIComponent(patchId)}`,
          joined(maskFileParts(mask, through ?? latest).map(asBytes)),
        )
        break
      }
    }
  }
  records.history.sort((a, b) => a.sequence - b.sequence)
  return files
}

function asBytes(part: ArrayBufferView): Uint8Array {
  return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
}
