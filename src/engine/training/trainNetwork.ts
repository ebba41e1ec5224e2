import * as tf from '@tensorflow/tfjs-core'
import { AppError, throwIfAborted } from '../../core/foundation/appError'
import { yieldToEventLoop } from '../../core/foundation/job'
import { randomStream } from '../../core/foundation/random'
import type { SegmentationMetrics } from '../../core/rounds/metrics'
import { FAMILY_TITLES } from '../../core/rounds/networks'
import type { TrainingConfig } from '../../core/rounds/roundConfig'
import { throwIfGpuFailed } from '../gpu/webgpuBackend'
import { copySourceStatisticsToTarget, type SegmentationNetwork } from '../models/network'
import { AdamW } from '../nn/optimiser/adamW'
import { GradientSums } from '../nn/optimiser/flatLayout'
import type { Parameter } from '../nn/parameterStore'
import { valueAndGradients } from '../nn/valueAndGradients'
import { LossReads } from './lossReads'
import { type FlatValues, NetworkValues, WeightAverage } from './networkValues'
import { prepareTraining } from './prepareTraining'
import { type BatchSource, createBatchSource, type TrainingBatch } from './trainingBatch'
import { runDigest, type TrainingContext, type TrainingData, type TrainingResult } from './trainingJob'
import { trainingLoss } from './trainingLoss'
import { packTrainingState, type TrainingState, unpackTrainingState } from './trainingState'

/**
 * Trains a network in place; on return it holds the weights of the best held-out landslide F1 (the last ones where
 * nothing is held out), averaged ones where `config.emaDecay` asks for them. Each step is a source pass and, once the
 * target has joined, a target pass: one domain per pass, the gradients of both summed. Everything random comes from
 * `config.seed`.
 *
 * Without cross-sensor normalisation both domains train with the source's statistics, and on return the target has a
 * copy of them, so that inference in either domain is the same.
 *
 * @throws AppError `aborted`; `paused`; `training-diverged` if the loss is not finite; `training-impossible` without
 *   patches; `model-invalid` or `weights-mismatch` for a checkpoint that is damaged or of another run; `gpu-limit`,
 *   `gpu-failed` or `gpu-lost` if the device refuses or fails. Nothing but the network is left behind. The network's
 *   weights are then those of the moment: load them again.
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
      'There is no labelled patch to train on: add some, or accept masks, first.',
    )
  }
  const run = new TrainingRun(network, data, config, context)
  try {
    return await run.run()
  } finally {
    run.dispose()
  }
}
export interface LearningRateSchedule {
  /** Learning rate at the end of the warm-up. */
  peak: number
  /** Steps of linear warm-up; 0 for none. */
  warmupSteps: number
  /** Steps of the whole run, warm-up included. */
  steps: number
  /** Exponent of the decay: 1 is linear (SegFormer), 0.9 is DeepLab's. */
  power: number
}

/**
 * Linear warm-up, then polynomial decay to 0 just after the last step.
 *
 * @param step 0 for the first optimiser step. The first step's rate is never 0.
 */
export function learningRate(schedule: LearningRateSchedule, step: number): number {
  const { peak, steps, power } = schedule
  const warmup = Math.min(schedule.warmupSteps, Math.max(0, steps - 1))
  if (step < warmup) return (peak * (step + 1)) / (warmup + 1)
  const progress = (step - warmup) / Math.max(1, steps - warmup)
  return peak * Math.max(0, 1 - progress) ** power
}

/** Passes whose loss was not read back yet: enough to keep the GPU busy, few enough to cancel at once. */
const PASSES_IN_FLIGHT = 2

/** One network's training from its first or a restored step to its last; see `trainNetwork`. */
class TrainingRun {
  private readonly parameters: readonly Parameter[]
  private readonly values: NetworkValues
  private readonly optimiser: AdamW
  private readonly gradients: GradientSums
  private readonly average: WeightAverage | null
  private reads: LossReads
  private best: { step: number; metrics: SegmentationMetrics; snapshot: FlatValues } | null = null
  private source: BatchSource
  private target: BatchSource | null
  private step = 0

  constructor(
    private readonly network: SegmentationNetwork,
    private readonly data: TrainingData,
    private readonly config: TrainingConfig,
    private readonly context: TrainingContext,
  ) {
    this.parameters = network.parameters.trainable()
    this.values = new NetworkValues(network.parameters)
    this.optimiser = new AdamW(this.parameters, { weightDecay: config.weightDecay })
    this.gradients = new GradientSums(this.optimiser.layout)
    this.average = config.emaDecay > 0 ? new WeightAverage(this.values, config.emaDecay) : null
    this.reads = this.lossReads([])
    this.source = this.labelledSource(0)
    this.target = this.targetSource(0)
  }

  async run(): Promise<TrainingResult> {
    const { config, data, context } = this
    const { checkpoint } = context
    if (checkpoint?.resumeFrom) await this.resume(checkpoint.resumeFrom)
    const { steps: total } = config
    await prepareTraining(this.network, config, {
      signal: context.signal,
      onProgress: ({ label }) => context.onProgress?.({ label, done: this.step, total }),
    })
    while (this.step < config.steps && !(this.step > 0 && context.finish?.())) {
      if (context.pause?.()) await this.pause()
      await this.takeStep()
      if (data.evaluate && (this.step % config.evaluateEvery === 0 || this.step === config.steps)) {
        await this.evaluate()
      }
      if (checkpoint?.due(this.step)) await this.save()
    }
    await this.reads.settle(0, context.signal)
    const { step } = this
    if (data.evaluate && step % config.evaluateEvery !== 0 && step !== config.steps) await this.evaluate()
    return this.result()
  }

  private async takeStep(): Promise<void> {
    const { config, data } = this
    const joined = this.target !== null && this.step >= data.sourceOnlySteps
    if (joined && this.step === data.sourceOnlySteps && this.step > 0) this.joinTarget()
    const passes = joined ? [this.source, this.target!] : [this.source]
    const count = config.accumulate * passes.length
    for (let pass = 0; pass < count; pass++) {
      const batches = passes[pass % passes.length]!
      const share = batches === this.target ? config.targetWeight : 1
      await this.pass(pass, await batches.next(), share, pass === count - 1)
    }
    this.update()
    this.step++
    this.average?.update()
  }

  private joinTarget(): void {
    this.data.onTargetJoins?.()
    // What the target was given did not come from earlier steps.
    this.average?.refresh(name => name.endsWith('_target'))
  }

  /** One forward and backward pass of one domain; its gradients join the step's, weighted by `share`. */
  private async pass(pass: number, batch: TrainingBatch, share: number, last: boolean): Promise<void> {
    const { config, context, network, step } = this
    throwIfAborted(context.signal)
    const weight = share / config.accumulate
    // A stream for each pass has no state to restore.
    const random = randomStream(config.seed, 'drop', step, pass)
    const { value, gradients } = valueAndGradients(
      () => tf.mul(trainingLoss(network, batch, config, random), weight),
      this.parameters,
    )
    this.reads.add(step + 1, value, last)
    this.gradients.add(gradients)
    await yieldToEventLoop()
    await this.reads.settle(PASSES_IN_FLIGHT - 1, context.signal)
  }

  private update(): void {
    const { config } = this
    const schedule = {
      peak: config.learningRate,
      warmupSteps: config.warmupSteps,
      steps: config.steps,
      power: config.decayPower,
    }
    const gradients = this.gradients.take()
    try {
      this.optimiser.stepFlat(gradients, learningRate(schedule, this.step), config.gradientClip)
    } finally {
      tf.dispose(gradients)
    }
  }

  private async evaluate(): Promise<void> {
    const { signal } = this.context
    await this.reads.settle(0, signal)
    const score = async () => this.keepIfBest(await this.data.evaluate!(signal))
    await (this.average ? this.average.applied(score) : score())
  }

  /** To be called while the network holds the weights that were scored. */
  private keepIfBest(metrics: SegmentationMetrics): void {
    const { step, best } = this
    this.context.onEvent?.({ kind: 'held-out', family: this.network.family, step, metrics })
    if (best && (metrics.f1 ?? 0) <= (best.metrics.f1 ?? 0)) {
      // While nothing was found yet, a tie goes to the later weights: the earlier ones are hardly trained.
      if ((metrics.f1 ?? 0) > 0 || (best.metrics.f1 ?? 0) > 0) return
    }
    this.keepBest(step, metrics, this.values.copy())
  }

  private keepBest(step: number, metrics: SegmentationMetrics, snapshot: FlatValues): void {
    if (this.best) tf.dispose(this.best.snapshot)
    this.best = { step, metrics, snapshot }
  }

  private result(): TrainingResult {
    const { best, config, step } = this
    const notes: string[] = []
    if (step < config.steps) notes.push(`Finished early, after ${step} of ${config.steps} steps.`)
    if (best) {
      this.values.assign(best.snapshot)
      notes.push(`Kept step ${best.step} of ${step}: best landslide F1 on the held-out split.`)
    } else {
      this.average?.apply()
      notes.push(`Kept the last step, ${step}: no labelled patch is held out.`)
    }
    if (this.average) notes.push(`Weights are averages over steps (decay ${config.emaDecay}).`)
    if (!config.crossSensor) copySourceStatisticsToTarget(this.network)
    const losses = this.reads.samples()
    return { losses, steps: step, bestStep: best?.step ?? step, heldOut: best?.metrics ?? null, notes }
  }

  private async pause(): Promise<never> {
    if (this.context.checkpoint) await this.save()
    throw new AppError('paused', `Training ${this.network.family} paused after step ${this.step}.`)
  }

  private async save(): Promise<void> {
    await this.reads.settle(0, this.context.signal)
    const { average, best, values, source, target, step } = this
    const own = values.copy()
    try {
      const averaged = average?.values() ?? null
      const moments = await this.optimiser.exportState()
      const losses = this.reads.all()
      const tensors: TrainingState['tensors'] = new Map([
        ...(await values.read(own, 'network')),
        ...(averaged ? await values.read(averaged, 'average') : []),
        ...(best ? await values.read(best.snapshot, 'best') : []),
        ...Object.entries(moments.tensors).map(([key, tensor]) => [`moments/${key}`, tensor] as const),
        ['losses', { shape: [losses.length, 2], data: Float64Array.from(losses.flat()) }],
      ])
      throwIfGpuFailed()
      const progress = {
        run: await runDigest(this.network, this.data, this.config),
        step,
        joined: this.hasJoined(),
        drawn: { source: source.drawn, target: target?.drawn ?? 0 },
        averaged: average?.steps ?? 0,
        best: best && { step: best.step, metrics: best.metrics },
      }
      await this.context.checkpoint!.save(packTrainingState({ progress, tensors }))
    } finally {
      tf.dispose(own)
    }
  }

  /** Takes a saved state over; the network's own weights are replaced once all of it was found good. */
  private async resume(bytes: Uint8Array): Promise<void> {
    const { values, average } = this
    const run = await runDigest(this.network, this.data, this.config)
    const { progress, tensors } = unpackTrainingState(bytes, run)
    const { step, drawn } = progress
    this.step = step
    if (progress.joined !== this.hasJoined() || step > this.config.steps) throw damaged()
    const moments = Object.fromEntries(
      [...tensors]
        .filter(([key]) => key.startsWith('moments/'))
        .map(([key, { shape, data }]) => [
          key.slice('moments/'.length),
          { shape, data: data as Float32Array },
        ]),
    )
    this.optimiser.importState({ step, tensors: moments })
    if (average && progress.averaged > 0) {
      average.restore(values.write(tensors, 'average'), progress.averaged)
    }
    if (progress.best) {
      this.keepBest(progress.best.step, progress.best.metrics, values.write(tensors, 'best'))
    }
    this.reads = this.lossReads(storedLosses(tensors.get('losses')?.data, step))
    this.source = this.labelledSource(drawn.source)
    this.target = this.targetSource(drawn.target)
    const own = values.write(tensors, 'network')
    values.assign(own)
    tf.dispose(own)
  }

  private hasJoined(): boolean {
    return this.target !== null && this.step > this.data.sourceOnlySteps
  }

  private labelledSource(drawn: number): BatchSource {
    const { source, sourceDomain = 'source' } = this.data
    return createBatchSource(source, sourceDomain, this.config, drawn, 'source')
  }

  private targetSource(drawn: number): BatchSource | null {
    const { target } = this.data
    return target && target.ids.length > 0 ? createBatchSource(target, 'target', this.config, drawn) : null
  }

  private lossReads(before: [number, number][]): LossReads {
    const { network, config, context } = this
    const onStep = (step: number, loss: number) => {
      const { family } = network
      context.onEvent?.({ kind: 'loss', family, step, steps: config.steps, loss })
      const label = `Training ${FAMILY_TITLES[family]}, step ${step} of ${config.steps}`
      context.onProgress?.({ label, done: step, total: config.steps })
    }
    return new LossReads(config.steps, onStep, before)
  }

  dispose(): void {
    this.optimiser.dispose()
    this.gradients.dispose()
    this.average?.dispose()
    if (this.best) tf.dispose(this.best.snapshot)
  }
}

/** [step, loss] of the steps taken, one for each. */
function storedLosses(data: unknown, steps: number): [number, number][] {
  if (!(data instanceof Float64Array) || data.length !== 2 * steps) throw damaged()
  return Array.from({ length: steps }, (_, i) => [data[2 * i]!, data[2 * i + 1]!])
}

function damaged(): AppError {
  return new AppError(
    'model-invalid',
    'The training checkpoint contradicts itself. Start the training again.',
  )
}
