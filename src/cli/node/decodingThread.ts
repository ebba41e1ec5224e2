import { parentPort, Worker } from 'node:worker_threads'
import { type RasterThreadPort, rasterThread, serveRasters } from '../../core/raster/rasterThread'

/** Of JavaScript's own memory; arrays lie outside it and are watched by the owner. */
const MOST_HEAP_MEGABYTES = 1024

/**
 * Decoding in a thread of its own, so that a time limit, Ctrl-C and SIGTERM are heard whatever a file makes of it.
 *
 * @param entry the bundle that calls `serveDecoding`.
 */
export function decodingThread(entry: string): ReturnType<typeof rasterThread> {
  return rasterThread((): RasterThreadPort => {
    const worker = new Worker(entry, {
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MEGABYTES },
      // A package of geotiff.js looks into it in every thread, whosever it is.
      workerData: {},
    })
    return {
      postMessage: (message, transfer) => worker.postMessage(message, transfer),
      onMessage: listener => void worker.on('message', listener),
      onEnd: listener => {
        worker.on('error', error => listener(error.message))
        worker.on('exit', () => listener('it ended'))
      },
      terminate: () => void worker.terminate(),
      heldBytes: () => process.memoryUsage.rss(),
      cpuMilliseconds: () => {
        const { user, system } = process.cpuUsage()
        return (user + system) / 1000
      },
    }
  })
}

/** The thread's own code. */
export function serveDecoding(): void {
  const port = parentPort
  if (!port) throw new Error('This is no thread of the command line.')
  serveRasters({
    postMessage: (message, transfer) => port.postMessage(message, transfer),
    onMessage: listener => void port.on('message', listener),
  })
}
