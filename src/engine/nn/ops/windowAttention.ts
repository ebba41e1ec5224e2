import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { takesHeads } from '../../gpu/kernels/headRegisters'
import { windowAttentionBackward, windowAttentionForward } from '../../gpu/kernels/windowAttentionKernels'
import { BARRED, isPadded, type WindowShape } from '../../gpu/kernels/windowPlaces'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { attention, roll } from './attention'
import { differentiable } from './differentiable'

type Pair = readonly [number, number]

/** How windows lie on a map; pairs are [rows, columns]. */
export interface Windows {
  window: Pair
  /** How far the map is rolled up and left before it is cut. */
  shift: Pair
  /** On maps that windows do not tile: 'timm' rolls, then pads; 'original' pads, then rolls. */
  padding: 'timm' | 'original'
}

/**
 * Self-attention within the windows of a map, with a relative position bias (Liu et al. 2021, section 3.2): rolls the map
 * and pads it at the bottom and right, attends in each window, where tokens from different sides of the map are kept
 * apart by -100, and undoes both. On a GPU one dispatch forward, four backward, and two for padding.
 *
 * @param qkv [B, H, W, 3C] float32: queries, keys and values, each with its heads one after another.
 * @param padding [3C], those of padding, which takes part as in every peer: zeros after the norm, so the projection's bias.
 * @param table position biases [(2 h - 1) (2 w - 1), heads]; a query that lies (dy, dx) from its key takes row
 *   (dy + h - 1) (2 w - 1) + dx + w - 1.
 * @returns [B, H, W, C]
 */
export function windowAttention(
  qkv: Tensor4D,
  padding: Tensor1D,
  table: Tensor2D,
  windows: Windows,
): Tensor4D {
  const shape = shapeOf(qkv, table, windows)
  const backend = webGpuBackend()
  return backend && takesHeads(backend, shape.headSize)
    ? fused(backend, shape, qkv, padding, table)
    : composed(shape, qkv, padding, table)
}

function shapeOf({ shape }: Tensor4D, table: Tensor2D, { window, shift, padding }: Windows): WindowShape {
  const [batch, height, width, channels] = shape
  const map: Pair = [height, width]
  const each = (side: (axis: 0 | 1) => number): Pair => [side(0), side(1)]
  const windows = each(axis => Math.ceil(map[axis] / window[axis]))
  const cycle = padding === 'timm' ? map : each(axis => windows[axis] * window[axis])
  const heads = table.shape[1]
  return { batch, map, window, windows, shift, cycle, heads, headSize: channels / 3 / heads }
}

function fused(
  backend: WebGPUBackend,
  shape: WindowShape,
  qkv: Tensor4D,
  padding: Tensor1D,
  table: Tensor2D,
): Tensor4D {
  const { batch, map, heads, headSize } = shape
  const tensorOf = (info: tf.TensorInfo, size: readonly number[]) =>
    tf.engine().makeTensorFromTensorInfo({ ...info, shape: [...size] })
  // Where windows tile the map, nothing depends on the padding.
  const padded = isPadded(shape)
  return differentiable<Tensor4D>(
    padded ? [qkv, table, padding] : [qkv, table],
    save => {
      const [output, normalisers] = windowAttentionForward(backend, shape, [qkv, padding, table]) as [
        tf.TensorInfo,
        tf.TensorInfo,
      ]
      const y = tensorOf(output, [batch, ...map, heads * headSize]) as Tensor4D
      save([qkv, padding, table, y, tensorOf(normalisers, normalisers.shape)])
      return y
    },
    (dy, saved) => {
      const [ownQkv, ownPadding, ownTable, y, normalisers] = saved as [
        Tensor4D,
        Tensor1D,
        Tensor2D,
        Tensor4D,
        Tensor1D,
      ]
      const slopes = windowAttentionBackward(backend, shape, [
        ownQkv,
        ownPadding,
        ownTable,
        y,
        normalisers,
        dy,
      ])
      const gradients = [tensorOf(slopes.qkv, ownQkv.shape), tensorOf(slopes.table, ownTable.shape)]
      return slopes.padding ? [...gradients, tensorOf(slopes.padding, ownPadding.shape)] : gradients
    },
  )
}

/** The same by operations that every backend has. */
function composed(shape: WindowShape, qkv: Tensor4D, padding: Tensor1D, table: Tensor2D): Tensor4D {
  const { batch, map, window, windows, heads, headSize } = shape
  const shift = shape.shift.map((by, axis) => by % shape.cycle[axis]!) as unknown as Pair
  const [rows, columns] = window
  const [down, across] = windows
  const tokens = rows * columns
  const [height, width] = [down * rows, across * columns]
  const padFirst = shape.cycle[0] !== map[0] || shape.cycle[1] !== map[1]
  const pad = (x: Tensor4D) => padTo(x, padding, [height, width])
  const shiftBack = (x: Tensor4D, [y, x0]: Pair) => (y === 0 && x0 === 0 ? x : roll(x, y, x0))
  const whole = padFirst
    ? shiftBack(pad(qkv), [-shift[0], -shift[1]])
    : pad(shiftBack(qkv, [-shift[0], -shift[1]]))
  // Heads lead, so that one transpose of rank 6 parts windows and heads at once, and q, k, v are plain slices.
  const parted = tf.transpose(
    tf.reshape(whole, [batch * down, rows, across, columns, 3 * heads, headSize]),
    [4, 0, 2, 1, 3, 5],
  )
  const grouped = tf.reshape(parted, [3 * heads, batch * down * across, tokens, headSize]) as Tensor4D
  const [q, k, v] = tf.split(grouped, 3, 0) as [Tensor4D, Tensor4D, Tensor4D]
  const context = attention(q, k, v, scores => addBiases(scores, shape, table))
  const restored = tf.transpose(
    tf.reshape(context, [heads, batch * down, across, rows, columns, headSize]),
    [1, 3, 2, 4, 0, 5],
  )
  const rolled: Tensor4D = tf.reshape(restored, [batch, height, width, heads * headSize])
  return padFirst ? crop(shiftBack(rolled, shift), map) : shiftBack(crop(rolled, map), shift)
}

/** @param scores [heads, B windows, tokens, tokens]. */
function addBiases(scores: Tensor4D, shape: WindowShape, table: Tensor2D): Tensor4D {
  const { batch, window, windows, heads, shift } = shape
  const tokens = window[0] * window[1]
  const count = windows[0] * windows[1]
  const bias: Tensor4D = tf.reshape(relativePositionBias(table, window), [heads, 1, tokens, tokens])
  if (shift.every(by => by === 0)) return tf.add(scores, bias)
  const mask = shiftMask([windows[0] * window[0], windows[1] * window[1]], window, shift)
  const added: Tensor4D = tf.add(bias, tf.tensor4d(mask, [1, count, tokens, tokens]))
  if (batch === 1) return tf.add(scores, added)
  const perImage = tf.reshape(scores, [heads, batch, count, tokens, tokens])
  return tf.reshape(tf.add(perImage, tf.reshape(added, [heads, 1, count, tokens, tokens])), scores.shape)
}

/** [heads, tokens^2]: the table's row of each pair of a window's tokens. */
function relativePositionBias(table: Tensor2D, window: Pair): tf.Tensor {
  const rows = tf.tensor1d(relativePositionRows(window), 'int32')
  // There is no training on WASM, where a one-hot matrix of floats would hold integers.
  if (tf.getBackend() === 'wasm') return tf.transpose(tf.gather(table, rows))
  // A product with a one-hot matrix, for the gradient of a gather adds atomically.
  return tf.matMul(table, tf.oneHot(rows, table.shape[0], 1, 0, 'float32') as Tensor2D, true, true)
}

/** Padding at the bottom and right. */
function padTo(x: Tensor4D, padding: Tensor1D, [height, width]: Pair): Tensor4D {
  const [batch, rows, columns, channels] = x.shape
  // By a sum, which broadcasts 20 times faster on WASM than a tile repeats.
  const filled = (h: number, w: number): Tensor4D => tf.add(tf.zeros([batch, h, w, channels]), padding)
  const tall = height === rows ? x : tf.concat([x, filled(height - rows, columns)], 1)
  return width === columns ? tall : tf.concat([tall, filled(height, width - columns)], 2)
}

function crop(x: Tensor4D, [height, width]: Pair): Tensor4D {
  if (x.shape[1] === height && x.shape[2] === width) return x
  return tf.slice4d(x, [0, 0, 0, 0], [x.shape[0], height, width, x.shape[3]])
}

/**
 * Which row of the relative position bias table each pair of a window's tokens takes.
 *
 * @param window [rows, columns] of tokens, (h, w) below.
 * @returns [tokens, tokens] row-major; pair (query, key) takes row (dy + h - 1) (2 w - 1) + (dx + w - 1) with
 *   d = query - key.
 */
export function relativePositionRows([rows, columns]: Pair): Int32Array {
  const tokens = rows * columns
  return Int32Array.from({ length: tokens * tokens }, (_, pair) => {
    const [query, key] = [Math.floor(pair / tokens), pair % tokens]
    const dy = Math.floor(query / columns) - Math.floor(key / columns) + rows - 1
    return dy * (2 * columns - 1) + (query % columns) - (key % columns) + columns - 1
  })
}

/**
 * The mask of shifted windows over a rolled and padded map: 0 between tokens of one region, -100 between regions. Rows
 * are region 0 before the last window, 1 before the last shifted rows, 2 after; columns alike. An axis that is not
 * shifted parts nothing.
 *
 * @param map, window, shift [rows, columns] each; `window` divides `map`.
 * @returns [windows, tokens, tokens] row-major.
 */
export function shiftMask(map: Pair, window: Pair, shift: Pair): Float32Array {
  const region = (at: number, axis: 0 | 1) =>
    at < map[axis] - window[axis] ? 0 : at < map[axis] - shift[axis] ? 1 : 2
  const [rows, columns] = window
  const tokens = rows * columns
  const across = map[1] / columns
  const mask = new Float32Array((map[0] / rows) * across * tokens * tokens)
  const ids = new Uint8Array(tokens)
  let at = 0
  for (let index = 0; at < mask.length; index++) {
    const top = Math.floor(index / across) * rows
    const left = (index % across) * columns
    for (let token = 0; token < tokens; token++) {
      const row = region(top + Math.floor(token / columns), 0)
      ids[token] = 3 * row + region(left + (token % columns), 1)
    }
    for (let query = 0; query < tokens; query++) {
      for (let key = 0; key < tokens; key++) mask[at++] = ids[query] === ids[key] ? 0 : BARRED
    }
  }
  return mask
}
