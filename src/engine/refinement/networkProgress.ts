import { AppError } from '../../core/foundation/appError'
import type { NetworkFamily } from '../../core/rounds/networks'
import type { TrainingCheckpoint } from '../training/trainingJob'
import type { RoundInput } from './roundInput'

/** How far one network of a round has come, kept where another process finds it. */
export interface NetworkProgress {
  /** For `trainNetwork`. The state after the last step is always saved: predictions follow, which may take long. */
  checkpoint: TrainingCheckpoint
  /** Patches that an interrupted run had predicted with the trained network. */
  predicted: number
  /** Notes that so many patches are predicted, where a checkpoint is due or asked for. */
  notePredicted(done: number, atOnce?: boolean): Promise<void>
}

/** Bytes behind the training's own state: uint32, 0 while training, 1 + patches predicted after it. */
const TRAILER = 4

/**
 * The progress that an interrupted run of the round left, or a new one; null where the caller keeps none.
 *
 * @throws AppError `storage-failed` if what was kept is too short to be a state, and what the caller's `read` throws.
 */
export async function openNetworkProgress(
  { trainingCheckpoint: kept, config }: Pick<RoundInput, 'trainingCheckpoint' | 'config'>,
  family: NetworkFamily,
): Promise<NetworkProgress | null> {
  if (!kept) return null
  const begun = await kept.read(family).then(bytes => bytes && split(bytes, family))
  let phase = begun?.phase ?? 0
  let saving = phase
  return {
    checkpoint: {
      resumeFrom: begun?.state ?? null,
      due(step) {
        const last = step >= config.steps
        saving = last ? 1 : 0
        return kept.due() || last
      },
      async save(state) {
        await kept.write(family, joined(state, saving))
        phase = saving
      },
    },
    predicted: Math.max(0, phase - 1),
    async notePredicted(done, atOnce = false) {
      // A run that was finished early is not resumed at its end, so not from its predictions either.
      if (phase === 0 || !(atOnce || kept.due())) return
      const bytes = await kept.read(family)
      if (bytes) await kept.write(family, joined(split(bytes, family).state, done + 1))
    },
  }
}

function split(bytes: Uint8Array, family: NetworkFamily): { state: Uint8Array; phase: number } {
  const end = bytes.byteLength - TRAILER
  if (end <= 0) {
    throw new AppError(
      'storage-failed',
      `The checkpoint of ${family} is damaged: delete it and run the round again.`,
    )
  }
  const phase = new DataView(bytes.buffer, bytes.byteOffset + end, TRAILER).getUint32(0, true)
  return { state: bytes.subarray(0, end), phase }
}

function joined(state: Uint8Array, phase: number): Uint8Array {
  const bytes = new Uint8Array(state.byteLength + TRAILER)
  bytes.set(state)
  new DataView(bytes.buffer).setUint32(state.byteLength, phase, true)
  return bytes
}
