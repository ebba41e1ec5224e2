import { type OpenRaster, type RasterThreadPort, rasterThread } from '../../core/raster/rasterThread'
import decodingFile from '../decoding.worker.ts?worker&url'
import { guardedWorker } from '../guardedWorker'
import { messageOf, whenDead } from '../rpc/callApi'
import type { ServerMessage } from '../rpc/messages'

/**
 * Decoding in a worker of its own, so that a file which a decoder does not answer for can be cancelled and given up,
 * whatever it makes of its thread. It ends with the worker that made it.
 */
export function decodingWorker(): OpenRaster {
  return rasterThread(() => workerPort(guardedWorker('decoding', decodingFile))).open
}

/** @param worker one that calls `serveRasters` and `announceLife` */
export function workerPort(worker: Worker): RasterThreadPort {
  let hasEnded: (why: string) => void = () => undefined
  worker.addEventListener('message', ({ data }) => {
    const message = data as ServerMessage
    if (message.type === 'alive') void whenDead(message.lock).then(() => hasEnded('it was ended'))
  })
  worker.addEventListener('error', event => {
    // Handled here: it is no error of the worker that made it, too.
    event.preventDefault()
    hasEnded(messageOf(event))
  })
  return {
    postMessage: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: listener =>
      worker.addEventListener('message', ({ data }) => {
        if ((data as ServerMessage).type !== 'alive') listener(data)
      }),
    onEnd: listener => {
      hasEnded = listener
    },
    terminate: () => worker.terminate(),
  }
}
