/**
 * Mean of the networks' probabilities (the paper's ensemble).
 *
 * @param members one [H, W] array a network, all of one size.
 * @returns [H, W] float32; summed in float64 in the given order, so that the result depends on nothing else.
 */
export function ensembleMean(members: readonly Float32Array[]): Float32Array {
  const first = members[0]
  if (!first) throw new RangeError('An ensemble needs at least one network.')
  for (const member of members) {
    if (member.length !== first.length) {
      throw new RangeError(`Probabilities differ in size: ${member.length} and ${first.length} pixels.`)
    }
  }
  const mean = new Float32Array(first.length)
  for (let i = 0; i < mean.length; i++) {
    let sum = 0
    for (const member of members) sum += member[i]!
    mean[i] = sum / members.length
  }
  return mean
}
