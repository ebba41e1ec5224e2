import { LANDSLIDE, type Patch } from '../../core/patches/patch'
import { splitHeldOut } from '../../core/patches/splitHeldOut'
import { statisticsOf } from '../../core/patches/statistics'
import type { PatchRecord } from '../../core/review/records'
import type { ProjectStore } from '../../storage/projectStore'

/** Share of the labelled source patches that is never trained on. */
const HELD_OUT_SHARE = 0.2

/** Puts patches into the project one by one, each of them whole or not at all. */
export interface PatchAdder {
  /**
   * Stores a patch.
   *
   * @param path of its file; `problems` are what was remarked on it.
   * @returns its record, or why it was left out, in words for a person.
   */
  add(patch: Patch, path: string, problems?: readonly string[]): Promise<PatchRecord | string>
  /**
   * Decides which of the added source patches are held out; call it last, after a cancelled import too. What was
   * decided for a patch is never changed by a later import.
   *
   * @returns the patches that were added.
   */
  finish(): Promise<PatchRecord[]>
}

export async function createPatchAdder(store: ProjectStore): Promise<PatchAdder> {
  const present = await store.patches()
  const byContent = new Map(present.map(record => [contentKey(record.id), record]))
  let order = present.reduce((highest, record) => Math.max(highest, record.order), -1)
  const added: PatchRecord[] = []
  const landslidePixels = new Map<string, number>()

  return {
    async add(patch, path, problems = []) {
      const id = await patchIdentity(patch)
      const twin = byContent.get(contentKey(id))
      if (twin) return twinMessage(patch, twin)
      const { name, domain, width, height, data, valid, label, scale, georeference } = patch
      const record: PatchRecord = {
        id,
        order: ++order,
        name,
        path,
        domain,
        width,
        height,
        hasLabel: label !== null,
        heldOut: false,
        scale,
        georeference,
        problems: [...problems],
        statistics: statisticsOf(patch),
      }
      await store.putPatch(record, { data, valid, label })
      if (label) landslidePixels.set(name, label.filter(value => value === LANDSLIDE).length)
      byContent.set(contentKey(id), record)
      added.push(record)
      return record
    },
    async finish() {
      const labelled = (record: PatchRecord) => record.domain === 'source' && record.hasLabel
      const names = [...present, ...added].filter(labelled).map(record => record.name)
      const heldOutNames = splitHeldOut(names, HELD_OUT_SHARE, landslidePixels)
      const changes = new Map<string, Partial<PatchRecord>>()
      for (const record of added) {
        if (!labelled(record) || !heldOutNames.has(record.name)) continue
        record.heldOut = true
        changes.set(record.id, { heldOut: true })
      }
      await store.updatePatches(changes)
      return added
    },
  }
}

function twinMessage(patch: Patch, twin: PatchRecord): string {
  const where = `It holds the same pixels as ${twin.path}, which is already in the project`
  if (patch.label && !twin.hasLabel)
    return `${where} without a label: remove that one first to use this label.`
  return `${where}: left out.`
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
  const safeName = name.replace(/[^\p{L}\p{N}_.-]+/gu, '-').slice(0, LONGEST_NAME) || 'patch'
  return `${safeName}~${width}x${height}~${hash.slice(0, HASH_DIGITS)}`
}

/** The part of an id that says which pixels it stands for: equal for two ids whose patches are duplicates. */
export function contentKey(id: string): string {
  return id.slice(id.indexOf('~') + 1)
}
