/**
 * WGSL that reads four neighbouring channels as a vec4: one vector load where the channel count allows it, else four
 * loads clamped to the last channel (whatever is computed from the repeats is never stored).
 *
 * @param variable name of the buffer.
 * @param pixel expression of the flat index of the pixel's channel 0.
 * @param channel name of the first channel.
 * @param count expression of the number of channels.
 */
export function loadFour(
  variable: string,
  pixel: string,
  channel: string,
  count: string,
  vector: boolean,
): string {
  if (vector) return `${variable}[(${pixel} + ${channel}) / 4]`
  const scalars = [0, 1, 2, 3].map(i => `${variable}[${pixel} + min(${channel} + ${i}, ${count} - 1)]`)
  return `vec4<f32>(${scalars.join(', ')})`
}
