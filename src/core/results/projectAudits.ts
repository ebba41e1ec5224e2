import type { EvidenceAudit } from '../export/evidence'
import type { LocatedAudit } from '../export/inventoryLayers'
import type { ProjectReader } from '../project/projectReader'
import { accuracyOf } from '../review/auditAccuracy'
import type { PointAuditRecord } from '../review/pointAudit'
import { askedMasks, readAskedMask } from './exportedMask'

/**
 * A project's audits by points that have answers, held against the masks as they are now, with the places of their points.
 *
 * @param threshold of masks that were neither painted nor judged
 */
export async function projectAudits(
  store: ProjectReader,
  threshold: number,
): Promise<(EvidenceAudit & LocatedAudit)[]> {
  const audits = (await store.pointAudits()).filter(({ answers }) => Object.keys(answers).length > 0)
  const ids = new Set(audits.flatMap(({ points }) => points.map(({ patchId }) => patchId)))
  const patches = new Map(
    (await askedMasks(store, [...ids], threshold)).map(one => [one.record.id, one] as const),
  )
  const classes = new Map<string, 0 | 1 | null>()
  for (const [id, one] of patches) {
    const points = audits.flatMap(audit => audit.points.filter(({ patchId }) => patchId === id))
    const { valid } = one.record.cell ? { valid: null } : await store.readPixels(id)
    const mask = await readAskedMask(store, one, threshold, valid)
    for (const { column, row } of points) {
      const value = mask?.[row * one.record.width + column]
      classes.set(keyOf(id, column, row), value === 0 || value === 1 ? value : null)
    }
  }
  return audits.map((record: PointAuditRecord) => {
    const located: LocatedAudit = {
      record,
      placeOf({ patchId, column, row }) {
        const patch = patches.get(patchId)
        return patch ? { georeference: patch.record.georeference, column, row } : null
      },
      classAt: ({ patchId, column, row }) => classes.get(keyOf(patchId, column, row)) ?? null,
    }
    const accuracy = accuracyOf(record, { classAt: located.classAt, mappedArea: null })
    return { ...located, accuracy }
  })
}

const keyOf = (id: string, column: number, row: number) => `${id}/${column}/${row}`
