/**
 * TensorFlow.js with its side effects in the one order that works: core, gradients, backends. Gradients loaded before
 * the core leave tensors without `cast` and `clone`, which some losses then fail on.
 *
 * Import this module once per program (the worker, the command line, a test) before any tensor is made.
 */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-webgpu'

export { tf }
