import type { StoredTensor } from './safetensors'

const OFFSETS = 4
/** timm's and the authors' order of neighbours, (0,0), (1,0), (0,1), (1,1), as numbers in row-major order. */
const ROW_MAJOR = [0, 2, 1, 3] as const

/**
 * Between mmsegmentation 1.x's patch merging (`nn.Unfold`: channel c of the row-major neighbour o at 4 c + o) and the
 * authors' (neighbour by neighbour: o C + c, columns of neighbours first). Applies to the last axis: the norm's vectors
 * and the reduction's matrix.
 */
export const unfoldOrder = {
  toOurs: (tensor: StoredTensor) => reordered(tensor, (ours, unfold) => [ours, unfold]),
  toPeer: (tensor: StoredTensor) => reordered(tensor, (ours, unfold) => [unfold, ours]),
}

function reordered(
  tensor: StoredTensor,
  places: (ours: number, unfold: number) => [to: number, from: number],
): StoredTensor {
  const { shape, data } = tensor
  const width = shape.at(-1) ?? 0
  // Nothing that four neighbours could fill: it fits no network either.
  if (width === 0 || width % OFFSETS !== 0) return tensor
  const channels = width / OFFSETS
  const result = new Float32Array(data.length)
  for (let row = 0; row < data.length; row += width) {
    for (let neighbour = 0; neighbour < OFFSETS; neighbour++) {
      for (let channel = 0; channel < channels; channel++) {
        const [to, from] = places(neighbour * channels + channel, channel * OFFSETS + ROW_MAJOR[neighbour]!)
        result[row + to] = Number(data[row + from])
      }
    }
  }
  return { shape, data: result }
}
