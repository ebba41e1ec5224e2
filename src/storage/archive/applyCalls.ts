import { maskFileParts } from '../maskFile'
import type { ProjectRecords } from './archiveRecords'
import type { StoreCall } from './storeCall'

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
      case 'putVerdicts': {
        const known = new Set(records.verdicts.map(({ id }) => id))
        records.verdicts.push(...call.args[0].filter(({ id }) => !known.has(id)))
        break
      }
      case 'putHistory': {
        const [steps] = call.args
        const anew = new Set(steps.map(({ sequence }) => sequence))
        records.history = [...records.history.filter(({ sequence }) => !anew.has(sequence)), ...steps]
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
      case 'writeMask': {
        const [patchId, mask, through] = call.args
        const latest = records.history.findLast(step => !step.undone)?.sequence ?? 0
        files.set(`masks/${encodeURIComponent(patchId)}`, joined(maskFileParts(mask, through ?? latest)))
        break
      }
    }
  }
  records.history.sort((a, b) => a.sequence - b.sequence)
  return files
}

function joined(parts: ReturnType<typeof maskFileParts>): Uint8Array {
  const bytes = parts.map(part => new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
  const whole = new Uint8Array(bytes.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of bytes) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
