import { AppError } from '../foundation/appError'

/**
 * The networks' mean, bit for bit as a round writes it (`refinement/ensemble`, which only the engine may import).
 *
 * @param members [height, width] each, in the order of the round's record; NaN stays NaN
 * @throws AppError `bad-argument` for none, `shape-mismatch` if they differ in size.
 */
export function meanProbability(members: readonly Float32Array[]): Float32Array<ArrayBuffer> {
  const first = members[0]
  if (!first) throw new AppError('bad-argument', 'A mean needs the probability of one network at least.')
  if (members.some(member => member.length !== first.length)) {
    throw new AppError(
      'shape-mismatch',
      'Probabilities of several sizes have no mean: run the ensemble again.',
    )
  }
  const mean = new Float32Array(first.length)
  for (let index = 0; index < mean.length; index++) {
    let sum = 0
    for (const member of members) sum += member[index]!
    mean[index] = sum / members.length
  }
  return mean
}
