import type { z } from '../foundation/schema'
import { printable } from '../foundation/text'
import { isDiffOf } from '../masks/maskDiff'
import { auditOfUnusedVerdicts } from '../review/auditLog'
import type { PointAuditRecord } from '../review/pointAudit'
import type { HistoryRecord, PatchRecord } from '../review/records'
import type { SceneRecord } from '../scenes/sceneRecord'
import { archiveMalformed } from './archiveFormat'
import { MOST_RECORDS, RECORD_SCHEMAS, RECORD_STORES } from './archiveRecords'
import { mendScenes } from './mendScenes'
import { type OpenArchive, parseJson } from './openArchive'
import { PROJECT_ID, type ProjectRecords, type RecordStoreName } from './projectRecords'
import { verdictSchema } from './recordSchemas'

/** Verdicts beside the history, in archives of versions before schema 5. */
const EARLIER_VERDICTS = 'records/verdicts.json'

/**
 * Of one record, strings and arrays: a stroke that turns every second pixel of the largest patch, a round over the most
 * patches.
 */
const MOST_RECORD_BYTES = 128 * 2 ** 20

/** Of one file of records: what one string of a browser holds. */
const MOST_LIST_BYTES = 2 ** 29 - 24

/** A name is shown on one line. */
const LONGEST_NAME = 200

interface ArchivedRecords {
  records: ProjectRecords
  /** Ids of patches that are left out, whose files are of no use. */
  leftOut: ReadonlySet<string>
  /** What of it was mended so that it opens, a sentence each. */
  notes: string[]
}

/**
 * Reads every record of an archive from anywhere, checked against its schema and the others, in today's form.
 *
 * @throws AppError `file-malformed`
 */
export async function readArchivedRecords(path: string, archive: OpenArchive): Promise<ArchivedRecords> {
  const entries = new Map(archive.manifest.entries.map(({ name, bytes }) => [name, bytes]))
  const read = async <T>(name: string, schema: z.ZodType<T>, most: number): Promise<T[]> => {
    const bytes = entries.get(name)
    // A store that a later version added is empty in an archive from before it.
    if (bytes === undefined) return []
    entries.delete(name)
    if (bytes > MOST_LIST_BYTES) throw archiveMalformed(path, `${name} is too large`)
    return readList(path, name, await archive.read(name), schema, most)
  }
  const records: Partial<Record<RecordStoreName, unknown[]>> = {}
  for (const store of RECORD_STORES) {
    records[store] = await read<unknown>(`records/${store}.json`, RECORD_SCHEMAS[store], MOST_RECORDS[store])
  }
  const verdicts = await read(EARLIER_VERDICTS, verdictSchema, MOST_RECORDS.history)
  const stray = [...entries.keys()].find(name => name.startsWith('records/'))
  if (stray) throw archiveMalformed(path, `it holds "${stray}", which this version does not know`)
  const all = records as ProjectRecords
  if (all.project.length !== 1) throw archiveMalformed(path, 'it holds no project')
  checkTogether(path, all)
  const { patches, scenes, dropped, notes } = mendScenes(all.patches, all.scenes)
  const replaced: ProjectRecords = {
    ...all,
    // Whatever it was called where it was saved, here it is this project.
    project: all.project.map(project => ({ ...project, id: PROJECT_ID, name: plainName(project.name) })),
    patches: patches.map(patch => ({
      ...patch,
      name: plainName(patch.name),
      path: printable(patch.path),
    })),
    scenes: scenes.map(plainScene),
    pointAudits: all.pointAudits.map(plainAudit),
    auditLog: [...all.auditLog, ...auditOfUnusedVerdicts(verdicts, all.history, all.auditLog)],
  }
  return { records: replaced, leftOut: new Set(dropped.map(({ id }) => id)), notes }
}

/** @throws AppError `file-malformed` */
function readList<T>(path: string, name: string, bytes: Uint8Array, schema: z.ZodType<T>, most: number): T[] {
  const parsed = parseJson(path, name, bytes)
  if (!Array.isArray(parsed)) throw archiveMalformed(path, `${name} is not a list`)
  if (parsed.length > most) {
    const [found, taken] = [parsed.length, most].map(count => count.toLocaleString('en'))
    throw archiveMalformed(path, `${name} holds ${found} records, more than the ${taken} that are opened`)
  }
  return parsed.map((record: unknown, index) => {
    if (weightOf(record) > MOST_RECORD_BYTES)
      throw archiveMalformed(path, `${name}, record ${index + 1} is too large`)
    const checked = schema.safeParse(record)
    if (checked.success) return checked.data
    const issue = checked.error.issues[0]
    const where = issue ? `${issue.path.join('.')}: ${issue.message}` : 'unknown'
    throw archiveMalformed(path, `${name}, record ${index + 1}, ${where}`)
  })
}

const NUMBER_BYTES = 8

/** Bytes of a parsed value, roughly. */
function weightOf(value: unknown): number {
  let bytes = 0
  const left = [value]
  while (left.length > 0) {
    const item = left.pop()
    if (typeof item === 'string') bytes += item.length
    else if (ArrayBuffer.isView(item)) bytes += item.byteLength
    else if (typeof item === 'object' && item !== null) {
      for (const [key, field] of Object.entries(item)) {
        bytes += key.length
        left.push(field)
      }
    } else bytes += NUMBER_BYTES
  }
  return bytes
}

/**
 * What no schema of one record sees: names that are given twice, strokes that leave their patch.
 *
 * @throws AppError `file-malformed`
 */
function checkTogether(
  path: string,
  { patches, scenes, history, rounds, importedModels, pointAudits }: ProjectRecords,
): void {
  const once: [string, readonly (string | number)[]][] = [
    ['patch', patches.map(({ id }) => id)],
    ['scene', scenes.map(({ id }) => id)],
    ['step', history.map(({ sequence }) => sequence)],
    ['round', rounds.map(({ id }) => id)],
    ['model', importedModels.map(({ id }) => id)],
    ['point audit', pointAudits.map(({ id }) => id)],
  ]
  for (const [what, ids] of once) {
    const seen = new Set<string | number>()
    for (const id of ids) {
      if (seen.has(id)) throw archiveMalformed(path, `it holds the ${what} "${id}" twice`)
      seen.add(id)
    }
  }
  const areas = new Map(patches.map(({ id, width, height }: PatchRecord) => [id, width * height]))
  const strays = ({ patchId, diff }: HistoryRecord) => {
    const area = areas.get(patchId)
    // Of a patch that is gone for good nothing is drawn.
    return diff !== undefined && area !== undefined && !isDiffOf(diff, area)
  }
  const stroke = history.find(strays)
  if (stroke) throw archiveMalformed(path, `step ${stroke.sequence} does not fit its patch`)
  const sizes = new Map(patches.map(({ id, width, height }: PatchRecord) => [id, { width, height }]))
  for (const { id, points } of pointAudits) {
    const stray = points.find(({ patchId, column, row }) => {
      const size = sizes.get(patchId)
      return size !== undefined && (column >= size.width || row >= size.height)
    })
    if (stray)
      throw archiveMalformed(path, `point ${stray.number} of the point audit "${id}" leaves its patch`)
  }
}

/** What of it is shown. */
function plainScene(scene: SceneRecord): SceneRecord {
  const { recipe, area } = scene
  const plain = (text: string | null) => text && plainName(text)
  return {
    ...scene,
    name: plainName(scene.name),
    tile: plain(scene.tile),
    sensed: plain(scene.sensed),
    synthetic: scene.synthetic.map(plainName),
    area: area && { ...area, name: plainName(area.name) },
    recipe: {
      ...recipe,
      name: plainName(recipe.name),
      elevation: recipe.elevation.map(path => printable(path)),
      slope: recipe.slope && printable(recipe.slope),
    },
  }
}

/** What of it is shown. */
function plainAudit(audit: PointAuditRecord): PointAuditRecord {
  const answers = Object.entries(audit.answers).map(([number, answer]) => [
    number,
    answer.note === undefined ? answer : { ...answer, note: printable(answer.note) },
  ])
  return {
    ...audit,
    name: plainName(audit.name),
    reviewer: audit.reviewer === null ? null : plainName(audit.reviewer),
    answers: Object.fromEntries(answers),
  }
}

/** What can be read on one line, whoever wrote it. */
function plainName(name: string): string {
  const whole = printable(name)
  return whole.length <= LONGEST_NAME ? whole : `${whole.slice(0, LONGEST_NAME - 1)}…`
}
