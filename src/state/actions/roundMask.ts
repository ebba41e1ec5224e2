import type { RoundRecord } from '../../core/refinement/round'
import { maskFromProbability } from '../../core/review/maskFromProbability'
import { meanProbability } from '../../core/review/meanProbability'
import { probabilityKey } from '../pixelCache'
import type { Studio } from '../studio'
import { loadPixels } from './loadMask'

/**
 * A round's map of a patch: the mean of what its networks gave, at the threshold as it is set now.
 *
 * Nothing is computed by a network: the probabilities are those stored under the round's models. What is read is not
 * kept, so that a walk over all patches does not push what is on screen out of memory.
 *
 * @returns [height, width] of 0, 1, 255 (no data); null where the round did not map this patch or is not known.
 */
export async function loadRoundMask(
  studio: Studio,
  patchId: string,
  roundId: string,
): Promise<Uint8Array | null> {
  const round = studio.store.getState().rounds.find(({ id }) => id === roundId)
  if (!round) return null
  const members = await loadRoundMembers(studio, patchId, round)
  if (!members) return null
  const { valid } = await loadPixels(studio, patchId)
  return maskFromProbability(meanProbability(members), studio.store.getState().threshold, valid)
}

/** Probabilities of a patch by the networks of a round, in the record's order; null where one of them is missing. */
export async function loadRoundMembers(
  studio: Studio,
  patchId: string,
  { networks }: Pick<RoundRecord, 'networks'>,
): Promise<Float32Array[] | null> {
  if (networks.length === 0) return null
  const members = await Promise.all(
    networks.map(
      ({ modelId }) =>
        studio.pixels.probabilities.get(probabilityKey(patchId, modelId)) ??
        studio.storage.readProbability(patchId, modelId),
    ),
  )
  const found = members.filter(member => member !== null)
  return found.length === members.length ? found : null
}
