/** Measures in a worker of its own, and so with a backend of its own. */
declare global {
  interface Window {
    measure(request: MeasureRequest): Promise<MeasureReport>
  }
}

import type { MeasureReport, MeasureRequest } from './worker'

window.measure = request =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<MeasureReport | { error: string }>) => {
      worker.terminate()
      if ('error' in data) reject(new Error(data.error))
      else resolve(data)
    }
    worker.onerror = event => reject(new Error(event.message))
    worker.postMessage(request)
  })
