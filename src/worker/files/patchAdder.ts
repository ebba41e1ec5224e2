import { LANDSLIDE, type Patch, SCALE_TITLES } from '../../core/patches/patch'
import { splitHeldOut } from '../../core/patches/splitHeldOut'
import { statisticsOf } from '../../core/patches/statistics'
import type { FileNote } from '../../core/raster/fileNote'
import type { PatchRecord } from '../../core/review/records'
import type { ProjectStore } from '../../storage/projectStore'
import type { ImportEvent } from '../protocol'

/** Share of the labelled source patches that is never trained on. */
const HELD_OUT_SHARE = 0.2

/** What became of a patch: stored, or why it was left out for the patch `patchId`. */
type Addition = { patchId: string; replaced: boolean } | { patchId: string; leftOut: FileNote }

/** Puts patches into the project one by one, each of them whole or not at all. */
export interface PatchAdder {
  /** @param path of its file; `problems` are what was remarked on it. */
  add(patch: Patch, path: string, problems?: readonly FileNote[]): Promise<Addition>
  /**
   * Decides which of the added source patches are held out; call it last, after a cancelled import too. What was
   * decided for a patch is never changed by a later import, and where enough are held out already no more are: the last
   * labelled patch to train on is never taken.
   *
   * @returns the patches that were added.
   */
  finish(): Promise<PatchRecord[]>
}

/** @param replaced patches that were read from these files in another value scale, and give way to the new reading. */
export async function createPatchAdder(
  store: ProjectStore,
  replaced: readonly { path: string; patchId: string | null }[] = [],
): Promise<PatchAdder> {
  const present = await store.patches()
  const byContent = new Map(present.map(record => [contentKey(record.id), record]))
  const removed = new Set((await store.removedPatches()).map(({ id }) => id))
  const former = await formerReadings(store, present, replaced)
  let order = present.reduce((highest, record) => Math.max(highest, record.order), -1)
  const added: PatchRecord[] = []
  const decided = new Set<string>()
  const landslidePixels = new Map<string, number>()

  return {
    async add(patch, path, problems = []) {
      const id = await patchIdentity(patch)
      const twin = byContent.get(contentKey(id))
      if (twin) return { patchId: twin.id, leftOut: twinNote(patch, path, twin) }
      const before = former.get(path)
      if (before?.obstacle)
        return { patchId: before.record.id, leftOut: { reason: 'not-replaced', message: before.obstacle } }
      const { name, domain, width, height, data, valid, label, scale, georeference } = patch
      const record: PatchRecord = {
        id,
        order: before?.record.order ?? ++order,
        name,
        path,
        domain,
        width,
        height,
        hasLabel: label !== null,
        heldOut: before?.record.heldOut ?? false,
        scale,
        georeference,
        problems: [...problems],
        statistics: statisticsOf(patch),
      }
      // It begins again: what was done to it before it was removed is not of this reading.
      if (removed.delete(id)) await store.removePatch(id)
      await store.putPatch(record, { data, valid, label })
      if (before) {
        former.delete(path)
        await store.removePatch(before.record.id)
        byContent.delete(contentKey(before.record.id))
        decided.add(id)
      }
      if (label) landslidePixels.set(name, label.filter(value => value === LANDSLIDE).length)
      byContent.set(contentKey(id), record)
      added.push(record)
      return { patchId: id, replaced: before !== undefined }
    },
    async finish() {
      const labelled = (record: PatchRecord) => record.domain === 'source' && record.hasLabel
      const all = [...present, ...added].filter(labelled)
      const names = all.map(record => record.name)
      const before = all.filter(record => record.heldOut).length
      const enough = before > 0 && before >= Math.round(all.length * HELD_OUT_SHARE)
      const split = enough ? new Set() : splitHeldOut(names, HELD_OUT_SHARE, landslidePixels)
      // Those held out before and those of the split, which knows nothing of them, may be all together.
      const someTrain = all.some(record => !record.heldOut && !split.has(record.name))
      const heldOutNames = someTrain ? split : new Set()
      const changes = new Map<string, Partial<PatchRecord>>()
      for (const record of added) {
        if (decided.has(record.id) || !labelled(record) || !heldOutNames.has(record.name)) continue
        record.heldOut = true
        changes.set(record.id, { heldOut: true })
      }
      await store.updatePatches(changes)
      return added
    },
  }
}

/** The event that reports an addition. */
export function addedEvent(
  path: string,
  addition: Addition,
  remarks: FileNote[] = [],
  scaleInDoubt = false,
): ImportEvent {
  const { patchId } = addition
  if ('leftOut' in addition) return { kind: 'left-out', path, patchId, ...addition.leftOut }
  return { kind: 'added', path, ...addition, remarks, scaleInDoubt }
}

/** The patches to replace by the path of their file, and why one has to stay; null: it may go. */
async function formerReadings(
  store: ProjectStore,
  present: readonly PatchRecord[],
  replaced: readonly { path: string; patchId: string | null }[],
): Promise<Map<string, { record: PatchRecord; obstacle: string | null }>> {
  const former = new Map<string, { record: PatchRecord; obstacle: string | null }>()
  if (replaced.length === 0) return former
  const byId = new Map(present.map(record => [record.id, record]))
  const worked = new Set((await store.history()).map(step => step.patchId))
  const round = await store.unfinishedRound()
  for (const { path, patchId } of replaced) {
    const record = byId.get(patchId ?? '')
    if (!record) continue
    const stays = `The patch stays as it is, read as ${SCALE_TITLES[record.scale]}`
    let obstacle: string | null = null
    if (worked.has(record.id))
      obstacle = `${stays}: it was edited or judged. Read the file in a new project instead.`
    else if (round) obstacle = `${stays}: a round is not finished. Finish or discard it first.`
    former.set(path, { record, obstacle })
  }
  return former
}

function twinNote(patch: Patch, path: string, twin: PatchRecord): FileNote {
  if (path === twin.path && (twin.hasLabel || !patch.label))
    return { reason: 'duplicate', message: 'It is already in the project: left out.' }
  const where = `It holds the same pixels as ${twin.path}, which is already in the project`
  if (patch.label && !twin.hasLabel)
    return {
      reason: 'label-unused',
      message: `${where} without a label.`,
    }
  return { reason: 'duplicate', message: `${where}: left out.` }
}

/** Hex digits of the content hash in an id: 64 bits, enough to tell a project's patches apart. */
const HASH_DIGITS = 16

const LONGEST_NAME = 40

/**
 * Id of a patch: its name made safe, and a hash of its size and pixels. The same file gets the same id every time,
 * whatever folder or archive it came from; two files of one name with other pixels get different ones.
 *
 * Needs Web Crypto: workers and secure windows have it.
 */
export async function patchIdentity(
  patch: Pick<Patch, 'name' | 'width' | 'height' | 'data'>,
): Promise<string> {
  const { name, width, height, data } = patch
  const pixels = new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', pixels))
  const hash = Array.from(digest, byte => byte.toString(16).padStart(2, '0')).join('')
  return `${nameInId(name)}~${width}x${height}~${hash.slice(0, HASH_DIGITS)}`
}

/** The part of an id that a person can read. */
export function nameInId(name: string): string {
  // Cut by letters: half of one is none.
  const letters = [...name.replace(/[^\p{L}\p{N}_.-]+/gu, '-')].slice(0, LONGEST_NAME)
  return letters.join('') || 'patch'
}

/** The part of an id that says which pixels it stands for: equal for two ids whose patches are duplicates. */
export function contentKey(id: string): string {
  return id.slice(id.indexOf('~') + 1)
}
