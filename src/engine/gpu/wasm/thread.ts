import { runActivation } from './activations'
import { runLayerNorm } from './norms'
import { runPacking, runProducts } from './products'
import { serveThread } from './threads'
import { runWinograd, runWinogradFilter } from './winograd'

/** The program of a thread that helps the WASM backend. It has no TensorFlow.js, only the loops over the memory of tensors. */
serveThread({
  activation: runActivation,
  layerNorm: runLayerNorm,
  packing: runPacking,
  products: runProducts,
  winograd: runWinograd,
  winogradFilter: runWinogradFilter,
})
