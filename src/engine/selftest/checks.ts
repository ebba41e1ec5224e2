import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import type { BackendName } from '../../core/rounds/engineInfo'
import { GOLDEN_TOLERANCE } from '../../core/rounds/modelManifest'
import { FAMILIES, FAMILY_TITLES, type NetworkFamily } from '../../core/rounds/networks'
import type { SelfTestCheck, SelfTestPart } from '../../core/rounds/selfTestReport'
import { checkModel } from '../models/folder/golden'
import { loadModelFolder } from '../models/folder/modelFolder'
import type { ModelFiles } from '../refinement/roundInput'
import { differenceFromReference } from './compareBackends'
import { kernelTensors, logits, lossAndGradients } from './computations'
import { KERNEL_CASES } from './kernelCases'

/** A model that ships, read when its turn comes. */
export interface ShippedModel {
  id: string
  read(): Promise<ModelFiles['files']>
}

export interface Check extends Pick<SelfTestCheck, 'name' | 'because'> {
  part: Exclude<SelfTestCheck['part'], 'memory'>
  backend: BackendName
  /** Of its share of the time, in about the time that a kernel takes. */
  weight: number
  tolerance: number
  /** The largest difference; null: there is nothing to compare, as `because` says. */
  run(): Promise<number | null>
}

/** How a backend is called behind a name. */
const TITLES: Partial<Record<BackendName, string>> = { webgpu: 'WebGPU', wasm: 'WebAssembly' }

/** Every check of the parts that were asked for, on the backends that are here. */
export function checksOf(
  { parts, models }: { parts: readonly SelfTestPart[]; models: readonly ShippedModel[] },
  backends: readonly BackendName[],
): Check[] {
  const webgpu = backends.filter(backend => backend === 'webgpu')
  return [
    ...(parts.includes('kernels') ? webgpu.flatMap(kernelChecks) : []),
    ...(parts.includes('networks') ? backends.flatMap(networkChecks) : []),
    ...(parts.includes('training') ? webgpu.flatMap(trainingChecks) : []),
    ...(parts.includes('models') ? backends.flatMap(backend => modelChecks(models, backend)) : []),
  ]
}

function kernelChecks(backend: BackendName): Check[] {
  return KERNEL_CASES.map(kernel => ({
    part: 'kernels',
    name: kernel.name,
    backend,
    weight: 1,
    tolerance: kernel.tolerance,
    because: kernel.because,
    run: () => differenceFromReference(backend, () => kernelTensors(kernel)),
  }))
}

function networkChecks(backend: BackendName): Check[] {
  return FAMILIES.map(family => ({
    part: 'networks',
    name: `${FAMILY_TITLES[family]} tiny on ${TITLES[backend]}`,
    backend,
    weight: 3,
    tolerance: 2e-4,
    because: 'float32 rounding through every layer of a network',
    run: () => differenceFromReference(backend, () => logits(family)),
  }))
}

/** One of attention and layer norm, one of convolutions, batch norm and squeeze-excite. */
const TRAINED: readonly NetworkFamily[] = ['segformer', 'efficientnetv2-unet']

function trainingChecks(backend: BackendName): Check[] {
  return TRAINED.map(family => ({
    part: 'training',
    name: `${FAMILY_TITLES[family]} tiny, loss and gradients`,
    backend,
    weight: 8,
    tolerance: 1e-3,
    because: 'rounding through a network and back; a share of the largest gradient',
    run: () => differenceFromReference(backend, () => lossAndGradients(family), 'joined'),
  }))
}

function modelChecks(models: readonly ShippedModel[], backend: BackendName): Check[] {
  return models.map(({ id, read }) => ({
    part: 'models',
    name: `${id} on ${TITLES[backend]}`,
    backend,
    weight: 2,
    tolerance: GOLDEN_TOLERANCE,
    because: 'probabilities as they were where the model was saved',
    async run() {
      await tf.setBackend(backend)
      const { network, golden } = await loadModelFolder(await read())
      try {
        if (golden) return await checkModel(network, golden)
        throw new AppError('model-invalid', 'The model has no golden outputs.')
      } finally {
        network.dispose()
      }
    },
  }))
}
