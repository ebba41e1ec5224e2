/**
 * WGSL that stores a vec4 into four neighbouring channels: one vector store where the channel count allows it, else
 * only the channels that exist. The counterpart of `loadFour`.
 */
export function storeFour(
  pixel: string,
  channel: string,
  count: string,
  value: string,
  vector: boolean,
): string {
  if (vector) return `if (${channel} < ${count}) { result[(${pixel} + ${channel}) / 4] = ${value}; }`
  return `for (var c = 0; c < min(4, ${count} - ${channel}); c++) {
      result[${pixel} + ${channel} + c] = ${value}[c];
    }`
}
