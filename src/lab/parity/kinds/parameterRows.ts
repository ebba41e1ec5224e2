import type { Tensor } from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { toCheckpointOrder } from '../../../engine/nn/parameterLayout'
import type { Parameter, ParameterStore } from '../../../engine/nn/parameterStore'
import type { ParityCase, ParityOutput } from '../parityCase'
import type { ParityRow } from '../parityReport'
import { largestDifference, storedIn } from '../peerTensors'

const GRADIENTS = 'grads.safetensors'
const UPDATED = 'after.safetensors'

/** A parameter's values, or something of its shape, row-major in PyTorch's layout. */
export async function inPeersOrder(
  { layout }: Pick<Parameter, 'layout'>,
  value: Tensor,
): Promise<Float32Array> {
  return toCheckpointOrder((await value.data()) as Float32Array, value.shape, layout)
}

/**
 * Every row of the case's file against the parameter of its key: "grads/<key>" or "after/<key>".
 *
 * @param ours values in PyTorch's order by key.
 * @param wanted which keys to compare; all by default.
 * @throws AppError `weights-mismatch` where a key, or a length, is not ours.
 */
export function parameterRows(
  parity: ParityCase,
  file: typeof GRADIENTS | typeof UPDATED,
  ours: ReadonlyMap<string, Float32Array>,
  wanted: (key: string) => boolean = () => true,
): ParityRow[] {
  const folder = file.replace('.safetensors', '')
  return parity.outputs
    .filter(row => row.file === file && wanted(row.name))
    .flatMap(row => {
      const values = ours.get(row.name)
      const expected = storedIn(parity.stored(file), row.name, parity).data as Float32Array
      if (values?.length !== expected.length) {
        throw new AppError('weights-mismatch', `${parity.name}: "${row.name}" is no parameter of ours.`)
      }
      const output = `${folder}/${row.name}`
      const gate = file === UPDATED ? gateOf(parity, row) : null
      if (!gate) return [{ output, error: largestDifference(values, expected), tolerance: row.atol }]
      const within = (wanted: boolean) => {
        const chosen = [...gate.open.entries()].filter(([, open]) => open === wanted).map(([i]) => i)
        const pick = (array: Float32Array) => chosen.map(i => array[i]!)
        return { count: chosen.length, error: largestDifference(pick(values), pick(expected)) }
      }
      const [inside, below] = [within(true), within(false)]
      return [
        ...(inside.count > 0 ? [{ output, error: inside.error, tolerance: row.atol }] : []),
        ...(below.count > 0
          ? [{ output: `${output}/below-gate`, error: below.error, tolerance: gate.tolerance }]
          : []),
      ]
    })
}

/** Parameters and running statistics of `after.safetensors`, or the statistics alone. */
export async function updatedRows(
  parity: ParityCase,
  parameters: ParameterStore,
  which: 'all' | 'statistics' = 'all',
): Promise<ParityRow[]> {
  const ours = new Map<string, Float32Array>()
  for (const parameter of parameters.all()) {
    ours.set(parameter.name, await inPeersOrder(parameter, parameter.variable))
  }
  const moved = (key: string) => which === 'all' || !parameters.has(key) || !parameters.get(key).trainable
  return parameterRows(parity, UPDATED, ours, moved)
}

/**
 * Where AdamW's first step, almost the gradient's sign, is not decided by rounding noise; null for what has no gradient
 * (running statistics).
 */
function gateOf(parity: ParityCase, row: ParityOutput): { open: boolean[]; tolerance: number } | null {
  const tolerance = row.atol_where_gradient_below_gate
  const gradient = parity.outputs.find(other => other.file === GRADIENTS && other.name === row.name)
  const least = gradient?.compare_where_abs_grad_gt
  if (typeof tolerance !== 'number' || typeof least !== 'number') return null
  const slopes = storedIn(parity.stored(GRADIENTS), row.name, parity).data as Float32Array
  return { open: Array.from(slopes, slope => Math.abs(slope) > least), tolerance }
}
