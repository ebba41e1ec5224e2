import { AppError, throwIfAborted, toAppError } from '../../core/foundation/appError'
import { abortable } from '../../core/foundation/job'
import type { BackendName, EngineInfo } from '../../core/rounds/engineInfo'
import { startEngine, type WasmFiles } from '../../engine'
import type { EngineEvent } from '../protocol'
import type { CallContext } from '../rpc/serveApi'

export type Purpose = 'inference' | 'training'

/** A job's turn on an engine that fits, cut short when the call is cancelled or the device is lost. */
export type OnEngine = <T>(
  context: CallContext<EngineEvent>,
  job: (engine: EngineInfo, context: CallContext<EngineEvent>) => Promise<T>,
) => Promise<T>

/** The one engine of this worker: started when first needed, and again when it was lost or can't do what is asked. */
export interface EngineSession {
  /** Chooses what to prefer from now on, and starts it for inference. */
  start(prefer: BackendName | 'auto'): Promise<EngineInfo>
  /** An engine fit for the purpose. Nothing may live on the device when it changes. */
  ensure(purpose: Purpose): Promise<EngineInfo>
  /**
   * Runs a job that ends with `gpu-lost` the moment the device is lost, whether or not the job notices. The signal
   * it is given fires then, too.
   *
   * @param onLost called first, with a message for a person.
   */
  guard<T>(
    signal: AbortSignal,
    onLost: (message: string) => void,
    job: (signal: AbortSignal) => Promise<T>,
  ): Promise<T>
}

type Start = typeof startEngine

/**
 * @param wasm as `startEngine` takes it.
 * @param start replaces the engine in tests.
 */
export function createEngineSession(wasm: WasmFiles, start: Start = startEngine): EngineSession {
  let prefer: BackendName | 'auto' = 'auto'
  let current: { info: EngineInfo; purpose: Purpose } | null = null
  let guards: ((reason: string) => void)[] = []

  const lose = (reason: string) => {
    current = null
    for (const stop of guards) stop(reason)
    guards = []
  }
  const fits = (purpose: Purpose): boolean => {
    if (!current) return false
    if (current.purpose === purpose) return true
    // Hardware serves both; so does a backend that was asked for by name, if it can train at all.
    return current.info.canTrain && (!current.info.software || prefer !== 'auto')
  }
  const ensure = async (purpose: Purpose): Promise<EngineInfo> => {
    if (current && fits(purpose)) return current.info
    current = null
    // Training cannot run on WASM even where it was asked for: then whatever GPU there is takes over.
    const backend = purpose === 'training' && prefer === 'wasm' ? 'auto' : prefer
    const info = await start({ prefer: backend, purpose, ...wasm, onGpuLost: lose })
    current = { info, purpose }
    return info
  }

  return {
    ensure,
    async start(wanted) {
      if (wanted !== prefer) current = null
      prefer = wanted
      const info = await ensure('inference')
      return withTrainingElsewhere(info)
    },
    guard(signal, onLost, job) {
      return new Promise((resolve, reject) => {
        const inner = new AbortController()
        const stop = (reason: string) => {
          current = null
          const message = `The GPU was lost (${reason || 'no reason given'}). What was saved is safe: try again.`
          onLost(message)
          reject(new AppError('gpu-lost', message))
          inner.abort()
        }
        const forward = () => inner.abort()
        if (signal.aborted) forward()
        signal.addEventListener('abort', forward, { once: true })
        guards.push(stop)
        job(inner.signal)
          .then(resolve, thrown => {
            const error = toAppError(thrown)
            // Reading from a lost device ends with an AbortError, often before the loss itself is reported.
            if (error.code === 'aborted' && !inner.signal.aborted) return stop('its reads were broken off')
            if (error.code === 'gpu-lost') current = null
            reject(thrown)
          })
          .finally(() => {
            signal.removeEventListener('abort', forward)
            guards = guards.filter(guard => guard !== stop)
          })
      })
    },
  }
}

/** What people are shown: predicting on WASM does not rule training out, a software GPU may be slower and still train. */
export async function withTrainingElsewhere(info: EngineInfo): Promise<EngineInfo> {
  if (info.backend !== 'wasm') return info
  const adapter = await globalThis.navigator?.gpu?.requestAdapter()
  if (!adapter) return info
  const reason =
    'There is no hardware GPU: WASM predicts faster here, and training runs on software WebGPU, slowly.'
  return { ...info, canTrain: true, reason }
}

/** Runs jobs one after the other: two networks at work would fight for one GPU. */
export interface JobQueue {
  /** @throws AppError `aborted` if the signal fires before the job's turn; the job itself handles it afterwards. */
  run<T>(signal: AbortSignal | undefined, job: () => Promise<T>): Promise<T>
}

export function createJobQueue(): JobQueue {
  let last: Promise<unknown> = Promise.resolve()
  return {
    async run(signal, job) {
      const previous = last
      let release = () => {}
      last = new Promise<void>(resolve => {
        release = resolve
      })
      const turn = previous.then(() => undefined)
      try {
        await abortable(turn, signal)
        throwIfAborted(signal)
      } catch (thrown) {
        // Gave up waiting: whoever comes next still waits for the job before this one.
        void turn.then(release)
        throw thrown
      }
      try {
        return await job()
      } finally {
        release()
      }
    },
  }
}
