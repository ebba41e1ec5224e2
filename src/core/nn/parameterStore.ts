import type { Tensor, Variable } from '@tensorflow/tfjs-core'

/**
 * How a parameter's axes differ between PyTorch (checkpoints) and TensorFlow.js (memory).
 * conv: [out,in,kh,kw] <-> [kh,kw,in,out]; depthwise: [C,1,kh,kw] <-> [kh,kw,C,1];
 * linear: [out,in] <-> [in,out]; plain: the same.
 */
export type ParameterLayout = 'conv' | 'depthwise' | 'linear' | 'plain'

/** One named parameter or running statistic. */
export interface Parameter {
  /** The peer's key ("encoder.model.blocks.0.0.conv.weight"). */
  readonly name: string
  readonly layout: ParameterLayout
  /** In TensorFlow.js layout, on the device. */
  readonly variable: Variable
  /** False for running statistics. */
  readonly trainable: boolean
  /** True where weight decay applies (matrices and kernels; not biases, norms, position tables). */
  readonly decay: boolean
}

/** Every parameter of a network by the peer's key name, in the peer's order. */
export interface ParameterStore {
  all(): readonly Parameter[]
  trainable(): readonly Parameter[]
  get(name: string): Parameter
  has(name: string): boolean
  /** Assigns a value in TensorFlow.js layout; shapes must agree, else AppError `weights-mismatch`. */
  assign(name: string, value: Tensor): void
  dispose(): void
}
