import { AppError } from '../core/foundation/appError'
import type { BytePath, ByteStore } from './byteStore'
import type { ProjectStore } from './projectStore'
import { checkRecord, unfinishedRoundSchema } from './recordSchemas'
import type { RecordStore } from './recordStore'

type UnfinishedMethods = Pick<
  ProjectStore,
  | 'unfinishedRound'
  | 'putUnfinishedRound'
  | 'removeUnfinishedRound'
  | 'freezeLabels'
  | 'readFrozen'
  | 'readCheckpoint'
  | 'writeCheckpoint'
  | 'removeCheckpoint'
>

/** The round under way: one record, and a folder of bytes that goes with it. */
export function unfinishedMethods(
  records: RecordStore,
  bytes: ByteStore,
  readMask: ProjectStore['readMask'],
): UnfinishedMethods {
  const copy = async (from: BytePath, to: BytePath): Promise<void> => {
    const content = await bytes.read(from, file => file.arrayBuffer())
    if (content) await bytes.write(to, () => [new Uint8Array(content)])
  }
  return {
    async unfinishedRound() {
      const [stored, recorded] = await records.read('Reading the unfinished round', async open => {
        const [found] = await open.getAll('unfinishedRounds')
        const known = found && (await open.getKeyFromIndex('rounds', 'id', found.id))
        return [found, known !== undefined] as const
      })
      // On record: it was finished, and the tab closed before this was cleared away.
      if (!stored || recorded) return null
      return checkRecord(unfinishedRoundSchema, `round ${stored.id}`, stored)
    },
    async putUnfinishedRound(round) {
      const checked = checkRecord(unfinishedRoundSchema, `round ${round.id}`, round)
      await records.write('Saving the round', ['unfinishedRounds'], async transaction => {
        const store = transaction.objectStore('unfinishedRounds')
        for (const key of await store.getAllKeys()) if (key !== round.id) await store.delete(key)
        await store.put(checked)
      })
    },
    async removeUnfinishedRound() {
      const left = await records.write('Clearing the round', ['unfinishedRounds'], async transaction => {
        const store = transaction.objectStore('unfinishedRounds')
        const found = await store.getAll()
        await store.clear()
        return found
      })
      // Nothing names what follows any more: a tab that closes in between leaves bytes, never a wrong round.
      const named = new Set(
        (await records.read('Reading the rounds', open => open.getAll('rounds'))).map(r => r.id),
      )
      await bytes.remove(['rounds'])
      for (const { id, config, targetPatchIds, heldOutPatchIds } of left) {
        if (named.has(id)) continue
        for (const modelId of config.families.map(family => `${id}-${family}`)) {
          await bytes.remove(['models', modelId])
          for (const patchId of [...targetPatchIds, ...heldOutPatchIds]) {
            await bytes.remove(['probabilities', patchId, modelId])
          }
        }
      }
    },
    async freezeLabels(roundId, { masks, probabilities }, onPatch) {
      await bytes.remove(roundPath(roundId))
      for (const id of masks) {
        const mask = await readMask(id)
        if (mask) await bytes.write(frozenPath(roundId, 'mask', id), () => [mask])
      }
      for (const id of probabilities) {
        await copy(['probabilities', id, 'ensemble'], frozenPath(roundId, 'ensemble', id))
        onPatch?.()
      }
    },
    async readFrozen(roundId, what, patchId) {
      const content = await bytes.read(frozenPath(roundId, what, patchId), file => file.arrayBuffer())
      return content && new Uint8Array(content)
    },
    async readCheckpoint(roundId, name) {
      const content = await bytes.read(checkpointPath(roundId, name), file => file.arrayBuffer())
      return content && new Uint8Array(content)
    },
    async writeCheckpoint(roundId, name, content) {
      if (content.byteLength === 0) throw new AppError('internal', 'A checkpoint without bytes is none.')
      await bytes.write(checkpointPath(roundId, name), () => [content])
    },
    removeCheckpoint: (roundId, name) => bytes.remove(checkpointPath(roundId, name)),
  }
}

const roundPath = (roundId: string): BytePath => ['rounds', roundId]
const checkpointPath = (roundId: string, name: string): BytePath => ['rounds', roundId, 'checkpoints', name]
const frozenPath = (roundId: string, what: 'mask' | 'ensemble', patchId: string): BytePath => [
  'rounds',
  roundId,
  what,
  patchId,
]
