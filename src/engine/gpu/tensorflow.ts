/**
 * TensorFlow.js with its side effects in the one order that works in browsers: core, gradients, backends.
 *
 * Import this module once per program (the worker, the CLI, a test) before any tensor is made.
 */
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'

export { tf }
