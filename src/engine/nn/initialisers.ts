import { randomStream } from '../../core/foundation/random'

export interface InitialiserRequest {
  /** The network's seed. */
  seed: number
  /** The parameter's full key name: with the seed it names the parameter's own random stream. */
  name: string
  /** PyTorch shape. */
  shape: readonly number[]
}

/** Draws a parameter's first values, row-major in the PyTorch shape. Same request, same values. */
export type Initialiser = (request: InitialiserRequest) => Float32Array

export const zeros: Initialiser = ({ shape }) => new Float32Array(sizeOf(shape))

export const ones: Initialiser = ({ shape }) => new Float32Array(sizeOf(shape)).fill(1)

/**
 * Normal with a standard deviation. The "truncated normal, std 0.02" of timm and of SegFormer cuts at +-2, a hundred
 * standard deviations out, so that it is this.
 */
export function normal(deviation: number): Initialiser {
  return request => {
    const { uniform } = randomStream(request.seed, 'initialise', request.name)
    const values = new Float32Array(sizeOf(request.shape))
    for (let i = 0; i < values.length; i += 2) {
      // Both halves of a Box-Muller pair are used: large networks draw tens of millions.
      const radius = deviation * Math.sqrt(-2 * Math.log(1 - uniform()))
      const angle = 2 * Math.PI * uniform()
      values[i] = radius * Math.cos(angle)
      if (i + 1 < values.length) values[i + 1] = radius * Math.sin(angle)
    }
    return values
  }
}

/** Kaiming normal by fan out, as timm's EfficientNet and SegFormer's convolutions: N(0, 2 groups / (out kh kw)). */
export function kaimingNormalFanOut(groups = 1): Initialiser {
  return request => {
    const [out = 1, , ...kernel] = request.shape
    return normal(Math.sqrt((2 * groups) / (out * sizeOf(kernel))))(request)
  }
}

/** Kaiming uniform for ReLU by fan in (smp's decoder): U(-b, b), b = sqrt(6 / fan in). */
export const kaimingUniformFanIn: Initialiser = request =>
  uniformWithin(Math.sqrt(6 / sizeOf(request.shape.slice(1))), request)

/** Xavier uniform (smp's heads): U(-b, b), b = sqrt(6 / (fan in + fan out)). */
export const xavierUniform: Initialiser = request => {
  const [out = 1, input = 1, ...kernel] = request.shape
  return uniformWithin(Math.sqrt(6 / ((out + input) * sizeOf(kernel))), request)
}

/** PyTorch's own default for convolutions and linear maps, weight and bias: U(-b, b), b = 1 / sqrt(fan in). */
export function uniformFanIn(fanIn: number): Initialiser {
  return request => uniformWithin(1 / Math.sqrt(fanIn), request)
}

function uniformWithin(bound: number, request: InitialiserRequest): Float32Array {
  const { uniform } = randomStream(request.seed, 'initialise', request.name)
  return new Float32Array(sizeOf(request.shape)).map(() => bound * (2 * uniform() - 1))
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1)
}
