import type { Scalar } from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import { abortable } from '../../core/foundation/job'
import { finiteOrThrow } from '../gpu/webgpuBackend'

const LOSS_SAMPLES = 500

/** Loss values on their way back from the GPU, in order; a step's loss is the sum of its passes. */
export class LossReads {
  private readonly pending: { step: number; value: Promise<number>; last: boolean }[] = []
  private sum = 0

  /** @param losses [step, loss] of earlier steps, which an interrupted run had read. */
  constructor(
    private readonly steps: number,
    private readonly onStep: (step: number, loss: number) => void,
    private readonly losses: [number, number][] = [],
  ) {}

  /** Takes ownership of the tensor, which is freed once read, cancelled run or not. */
  add(step: number, loss: Scalar, last: boolean): void {
    const value = loss
      .data()
      .then(values => values[0] ?? Number.NaN)
      .finally(() => loss.dispose())
    // A cancelled run does not wait; a failure is still thrown where this read is settled.
    value.catch(() => {})
    this.pending.push({ step, value, last })
  }

  /** Waits until at most `left` reads are in progress. */
  async settle(left: number, signal: AbortSignal | undefined): Promise<void> {
    while (this.pending.length > left) {
      const { step, value, last } = this.pending.shift()!
      const diverged = () =>
        new AppError(
          'training-diverged',
          `The loss is NaN or infinite at step ${step}. Start again with a lower learning rate.`,
        )
      this.sum += finiteOrThrow(await abortable(value, signal), diverged)
      if (!last) continue
      this.losses.push([step, this.sum])
      this.onStep(step, this.sum)
      this.sum = 0
    }
  }

  /** [step, loss] of every step that was read. */
  all(): readonly [number, number][] {
    return this.losses
  }

  /** The same, thinned to about 500. */
  samples(): [number, number][] {
    const every = Math.max(1, Math.ceil(this.steps / LOSS_SAMPLES))
    return this.losses.filter(([step], i) => step % every === 0 || i === 0 || i === this.losses.length - 1)
  }
}
