import * as tf from '@tensorflow/tfjs-core'
import { abortable, yieldToEventLoop } from '../foundation/abortable'
import { AppError, throwIfAborted } from '../foundation/appError'
import type { JobContext } from '../foundation/progress'
import { throwIfGpuFailed } from '../gpu/webgpuBackend'
import type { NetworkFamily, SegmentationNetwork } from '../models/network'
import { AdamW } from '../nn/optimiser/adamW'
import { GradientSums } from '../nn/optimiser/gradientSums'
import { valueAndGradients } from '../nn/valueAndGradients'
import { learningRate } from './learningRate'
import { combinedLoss } from './losses/combinedLoss'
import type { SegmentationMetrics } from './metrics'
import { createBatchSource, type TrainingBatch } from './trainingBatch'
import type { TrainingConfig } from './trainingConfig'
import type { SampleProvider } from './trainingSample'
import { takeWeightSnapshot, type WeightSnapshot } from './weightSnapshot'

export type TrainingEvent =
  | { kind: 'loss'; family: NetworkFamily; step: number; steps: number; loss: number }
  | { kind: 'held-out'; family: NetworkFamily; step: number; metrics: SegmentationMetrics }

export interface TrainingContext extends JobContext {
  onEvent?: (event: TrainingEvent) => void
  /** Asked before each step: true ends the run early, keeping what was best so far. */
  finish?: () => boolean
  /** Asked before each step: true saves a checkpoint, where there is one, and ends the run with AppError `paused`. */
  pause?: () => boolean
  checkpoint?: TrainingCheckpoint
}

/** Where a run's state is kept, so that another process may go on with bit-equal results. */
export interface TrainingCheckpoint {
  /** A state that `save` was given; null: begin anew. */
  resumeFrom: Uint8Array | null
  /** Asked after every step (from 1): true saves the state. The caller holds the clock. */
  due(step: number): boolean
  /** Makes the state durable; training goes on when the promise is fulfilled. */
  save(bytes: Uint8Array): Promise<void>
}

export interface TrainingData {
  /** Labelled patches; never the held-out ones. */
  source: SampleProvider
  /** Patches of the new event with pseudo-labels or reviewed masks; null: the source alone. */
  target: SampleProvider | null
  /** Steps on the source alone before the target joins. */
  sourceOnlySteps: number
  /** Called once, when the target joins after source-only steps: the place to copy running statistics (CSN). */
  onTargetJoins?: () => void
  /** Scores the network on the held-out split; null: nothing is held out. */
  evaluate: ((signal: AbortSignal | undefined) => Promise<SegmentationMetrics>) | null
}

export interface TrainingResult {
  /** [step, loss], step from 1; thinned to about 500 samples. */
  losses: [number, number][]
  /** Steps really taken; fewer than asked for if the run was finished early. */
  steps: number
  /** Step whose weights the network now holds. */
  bestStep: number
  /** Held-out scores at `bestStep`; null where nothing is held out. */
  heldOut: SegmentationMetrics | null
  notes: string[]
}

/** Passes whose loss was not read back yet: enough to keep the GPU busy, few enough to cancel at once. */
const PASSES_IN_FLIGHT = 2
const LOSS_SAMPLES = 500

/**
 * Trains a network in place; on return it holds the weights of the best held-out landslide F1 (the last ones where
 * nothing is held out). Each step is a source pass and, once the target has joined, a target pass: one domain per
 * pass, the gradients of both summed. Everything random comes from `config.seed`.
 *
 * @throws AppError `aborted`; `training-diverged` if the loss is not finite; `training-impossible` without patches;
 *   `gpu-limit`, `gpu-failed` or `gpu-lost` if the device refuses or fails. Nothing but the network is left behind.
 *   The network's weights are then those of the moment: load them anew.
 */
export async function trainNetwork(
  network: SegmentationNetwork,
  data: TrainingData,
  config: TrainingConfig,
  context: TrainingContext = {},
): Promise<TrainingResult> {
  if (data.source.ids.length === 0) {
    throw new AppError(
      'training-impossible',
      'There is no labelled source patch to train on: add some first.',
    )
  }
  const run = new TrainingRun(network, data, config, context)
  try {
    return await run.run()
  } finally {
    run.dispose()
  }
}

class TrainingRun {
  private readonly parameters
  private readonly optimiser: AdamW
  private readonly gradients: GradientSums
  private readonly reads: LossReads
  private best: { step: number; metrics: SegmentationMetrics; snapshot: WeightSnapshot } | null = null

  constructor(
    private readonly network: SegmentationNetwork,
    private readonly data: TrainingData,
    private readonly config: TrainingConfig,
    private readonly context: TrainingContext,
  ) {
    this.parameters = network.parameters.trainable()
    this.optimiser = new AdamW(this.parameters, { weightDecay: config.weightDecay })
    this.gradients = new GradientSums(this.optimiser.layout)
    this.reads = new LossReads(config.steps, (step, loss) => {
      const { family } = network
      context.onEvent?.({ kind: 'loss', family, step, steps: config.steps, loss })
      const label = `Training ${family}, step ${step} of ${config.steps}`
      context.onProgress?.({ label, done: step, total: config.steps })
    })
  }

  async run(): Promise<TrainingResult> {
    const { config, data, context } = this
    const source = createBatchSource(data.source, 'source', config)
    const target =
      data.target && data.target.ids.length > 0 ? createBatchSource(data.target, 'target', config) : null
    let step = 0
    while (step < config.steps && !(step > 0 && context.finish?.())) {
      const joined = target !== null && step >= data.sourceOnlySteps
      if (joined && step === data.sourceOnlySteps && step > 0) data.onTargetJoins?.()
      const passes = joined ? [source, target] : [source]
      const count = config.accumulate * passes.length
      for (let pass = 0; pass < count; pass++) {
        await this.pass(step + 1, await passes[pass % passes.length]!.next(), pass === count - 1)
      }
      this.update(step++)
      if (data.evaluate && (step % config.evaluateEvery === 0 || step === config.steps))
        await this.evaluate(step)
    }
    await this.reads.settle(0, context.signal)
    if (data.evaluate && step % config.evaluateEvery !== 0 && step !== config.steps) await this.evaluate(step)
    return this.result(step)
  }

  /** One forward and backward pass of one domain; its gradients join the step's. */
  private async pass(step: number, batch: TrainingBatch, last: boolean): Promise<void> {
    throwIfAborted(this.context.signal)
    const weight = (batch.domain === 'target' ? this.config.targetWeight : 1) / this.config.accumulate
    const { value, gradients } = valueAndGradients(() => this.loss(batch, weight), this.parameters)
    this.reads.add(step, value, last)
    this.gradients.add(gradients)
    await yieldToEventLoop()
    await this.reads.settle(PASSES_IN_FLIGHT - 1, this.context.signal)
  }

  private loss(batch: TrainingBatch, weight: number): tf.Scalar {
    const { size, side, domain } = batch
    const { labelSmoothing, crossEntropyWeight, lovaszWeight, auxiliaryWeight } = this.config
    const bands = batch.pixels.length / (size * side * side)
    const pixels = tf.tensor4d(batch.pixels, [size, side, side, bands])
    const labels = tf.tensor3d(batch.label, [size, side, side], 'int32')
    const mode = { training: true, domain } as const
    const lossOf = (logits: tf.Tensor4D) =>
      combinedLoss(logits, labels, { crossEntropyWeight, lovaszWeight, crossEntropy: { labelSmoothing } })
    if (auxiliaryWeight === 0 || !this.network.forwardWithAuxiliary) {
      return tf.mul(lossOf(this.network.forward(pixels, mode)), weight)
    }
    const { logits, auxiliary } = this.network.forwardWithAuxiliary(pixels, mode)
    return tf.mul(tf.add(lossOf(logits), tf.mul(lossOf(auxiliary), auxiliaryWeight)), weight)
  }

  private update(step: number): void {
    const { config } = this
    const rate = learningRate(
      {
        peak: config.learningRate,
        warmupSteps: config.warmupSteps,
        steps: config.steps,
        power: config.decayPower,
      },
      step,
    )
    const gradients = this.gradients.take()
    try {
      this.optimiser.stepFlat(gradients, rate, config.gradientClip)
    } finally {
      tf.dispose(gradients)
    }
  }

  private async evaluate(step: number): Promise<void> {
    const { signal, onEvent } = this.context
    await this.reads.settle(0, signal)
    const metrics = await this.data.evaluate!(signal)
    onEvent?.({ kind: 'held-out', family: this.network.family, step, metrics })
    if (this.best && (metrics.f1 ?? 0) <= (this.best.metrics.f1 ?? 0)) {
      // A tie goes to the later weights while nothing was found yet: an untrained network is no achievement.
      if ((metrics.f1 ?? 0) > 0 || (this.best.metrics.f1 ?? 0) > 0) return
    }
    this.best?.snapshot.dispose()
    this.best = { step, metrics, snapshot: takeWeightSnapshot(this.network.parameters) }
  }

  private result(steps: number): TrainingResult {
    const { best } = this
    const notes: string[] = []
    if (steps < this.config.steps) notes.push(`Finished early, after ${steps} of ${this.config.steps} steps.`)
    if (best) {
      if (best.step !== steps) best.snapshot.restore()
      notes.push(`Kept step ${best.step} of ${steps}: best landslide F1 on the held-out split.`)
    } else notes.push(`Kept the last step, ${steps}: no labelled patch is held out.`)
    const losses = this.reads.samples()
    return { losses, steps, bestStep: best?.step ?? steps, heldOut: best?.metrics ?? null, notes }
  }

  dispose(): void {
    this.optimiser.dispose()
    this.gradients.dispose()
    this.best?.snapshot.dispose()
  }
}

/** Loss values on their way back from the GPU, in order; a step's loss is the sum of its passes. */
class LossReads {
  private readonly pending: { step: number; value: Promise<number>; last: boolean }[] = []
  private readonly losses: [number, number][] = []
  private sum = 0

  constructor(
    private readonly steps: number,
    private readonly onStep: (step: number, loss: number) => void,
  ) {}

  /** Takes ownership of the tensor, which is freed once read, cancelled run or not. */
  add(step: number, loss: tf.Scalar, last: boolean): void {
    const value = loss
      .data()
      .then(values => values[0] ?? Number.NaN)
      .finally(() => loss.dispose())
    // A cancelled run waits for nobody; a failure is still thrown to whoever settles this read.
    value.catch(() => {})
    this.pending.push({ step, value, last })
  }

  /** Waits until at most `left` reads are under way. */
  async settle(left: number, signal: AbortSignal | undefined): Promise<void> {
    while (this.pending.length > left) {
      const { step, value, last } = this.pending.shift()!
      const loss = await abortable(value, signal)
      throwIfGpuFailed()
      if (!Number.isFinite(loss)) {
        throw new AppError(
          'training-diverged',
          `The loss is no longer a number at step ${step}: start again with a lower learning rate.`,
        )
      }
      this.sum += loss
      if (!last) continue
      this.losses.push([step, this.sum])
      this.onStep(step, this.sum)
      this.sum = 0
    }
  }

  samples(): [number, number][] {
    const every = Math.max(1, Math.ceil(this.steps / LOSS_SAMPLES))
    return this.losses.filter(([step], i) => step % every === 0 || i === 0 || i === this.losses.length - 1)
  }
}
