import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { z } from 'zod'
import { AppError } from '../../foundation/appError'
import { throwIfGpuFailed } from '../../gpu/webgpuBackend'
import { type InterpolationSize, interpolate } from '../../nn/ops/interpolate'
import { largestError, toNhwc } from '../compareMap'
import type { ParityCase, ParityOutput } from '../parityCase'
import type { ParityResult } from '../parityRow'
import { storedIn } from './storedTensors'

const extent = z.number().int().positive()
const resizeRow = z
  .looseObject({
    source: z.string(),
    mode: z.enum(['bilinear', 'nearest', 'nearest-exact']),
    size: z.tuple([extent, extent]).optional(),
    scale_factor: z.number().positive().optional(),
    align_corners: z.boolean().nullish(),
    antialias: z.boolean().default(false),
  })
  .refine(row => row.size || row.scale_factor, { error: 'neither a size nor a scale_factor' })

/**
 * A resize case: every row says what is resized and how.
 *
 * @throws AppError `model-invalid` if a row asks for a resize that is not ours.
 */
export async function runResize(parity: ParityCase): Promise<ParityResult> {
  const result: ParityResult = { rows: [], notCompared: [] }
  for (const row of parity.outputs) {
    const resized = resizedAs(parity, row)
    const expected = storedIn(parity.stored(row.file), row.name, parity)
    const error = await largestError(resized, expected, row.layout || 'NCHW')
    throwIfGpuFailed()
    result.rows.push({ output: row.name, error, tolerance: row.atol })
    resized.dispose()
  }
  return result
}

function resizedAs(parity: ParityCase, row: ParityOutput): Tensor4D {
  const parsed = resizeRow.safeParse(row)
  if (!parsed.success) {
    const why = z.prettifyError(parsed.error)
    throw new AppError('model-invalid', `${parity.name}: "${row.name}" is not a resize of ours:\n${why}`, {
      cause: parsed.error,
    })
  }
  const { source, mode, size, scale_factor, align_corners, antialias } = parsed.data
  const to: InterpolationSize = size ?? { scaleFactor: scale_factor ?? 1 }
  const options = { mode, alignCorners: align_corners ?? false, antialias }
  // Cloned: resizing to the same size gives the input itself back, which the tidy would free.
  return tf.tidy(() => tf.clone(interpolate(toNhwc(storedIn(parity.inputs, source, parity)), to, options)))
}
