/*
 * Threads that share the work of a kernel. XNNPACK has threads of its own, which our kernels cannot use.
 */

/** Claims the next item of a job for the thread that asks, whose last one is done then; -1 when none is left. */
export type Claim = () => number

/**
 * Does items of a job until none is left. A thread that comes late finds none, and must have written nothing by then.
 *
 * @param memory of all tensors.
 * @param thread which one this is, for memory that no other thread writes to; 0 is the one that shares out.
 */
export type Runner<Job> = (memory: WebAssembly.Memory, job: Job, thread: number, claim: Claim) => void

/** What a helper is sent. */
interface Task {
  runner: string
  job: unknown
  generation: number
  items: number
  /** How large the memory is. */
  bytes: number
}

/** What a helper is sent first. */
interface Start {
  memory: WebAssembly.Memory
  state: Int32Array
  thread: number
}

/** Of the shared state: the generation of the job and the next item, items that are done, whether one failed. */
const [NEXT, DONE, FAILED] = [0, 1, 2] as const
const STATE_BYTES = 12
const ITEM_BITS = 16
/** More stay on one thread, since a job's generation stands above the number of the next. */
const MOST_ITEMS = 2 ** ITEM_BITS - 1

interface Crew {
  memory: WebAssembly.Memory
  helpers: readonly Worker[]
  state: Int32Array
  generation: number
}

let crew: Crew | null = null

/**
 * Starts helpers, once for a memory. This thread has to be a worker's, since a window may not wait.
 *
 * @param count of threads, this one among them.
 * @param makeHelper a worker that calls `serveThread`.
 * @returns how many there are: 1 where the memory is not shared.
 * @throws where a helper does not start.
 */
export async function startThreads(
  memory: WebAssembly.Memory,
  count: number,
  makeHelper: () => Worker,
): Promise<number> {
  if (crew?.memory === memory) return crew.helpers.length + 1
  const isShared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer
  if (!isShared || count < 2) return 1
  const state = new Int32Array(new SharedArrayBuffer(STATE_BYTES))
  const helpers = Array.from({ length: count - 1 }, makeHelper)
  try {
    await Promise.all(
      helpers.map((helper, i) => {
        const start: Start = { memory, state, thread: i + 1 }
        return new Promise<void>((resolve, reject) => {
          helper.onmessage = () => resolve()
          helper.onerror = event => reject(new Error(`A thread did not start: ${event.message}`))
          helper.postMessage(start)
        })
      }),
    )
  } catch (thrown) {
    for (const helper of helpers) helper.terminate()
    throw thrown
  }
  for (const helper of crew?.helpers ?? []) helper.terminate()
  crew = { memory, helpers, state, generation: 0 }
  return count
}

/** Waking the others costs about what a thread multiplies and adds meanwhile. */
const WORTH_SHARING = 1e6

/** How many threads share work of so many multiplications with additions, or what takes as long. */
export const threadsFor = (work: number) => (crew && work >= WORTH_SHARING ? crew.helpers.length + 1 : 1)

/**
 * Does all items of a job, in any order, on `threads` threads, and returns when the last is done.
 *
 * @param name of the runner among those of `serveThread`.
 * @throws what an item on this thread threw, or that one on another failed.
 */
export function shareOut<Job>(
  memory: WebAssembly.Memory,
  name: string,
  run: Runner<Job>,
  { job, items, threads }: { job: Job; items: number; threads: number },
): void {
  if (!crew || threads === 1 || items < 2 || items > MOST_ITEMS) {
    let next = 0
    run(memory, job, 0, () => (next < items ? next++ : -1))
    return
  }
  const { helpers, state } = crew
  crew.generation = (crew.generation + 1) % 2 ** ITEM_BITS
  const { generation } = crew
  Atomics.store(state, DONE, 0)
  Atomics.store(state, FAILED, 0)
  Atomics.store(state, NEXT, generation << ITEM_BITS)
  const task: Task = { runner: name, job, generation, items, bytes: memory.buffer.byteLength }
  for (const helper of helpers.slice(0, threads - 1)) helper.postMessage(task)
  try {
    runPart(state, task, claim => run(memory, job, 0, claim))
  } finally {
    // Nothing may be freed while another thread writes.
    for (let done = Atomics.load(state, DONE); done < items; done = Atomics.load(state, DONE)) {
      Atomics.wait(state, DONE, done)
    }
  }
  if (Atomics.load(state, FAILED)) throw new Error('A thread could not do its share.')
}

/** One thread's part of a task. Items that it claimed count as done even where it fails, so that nobody waits for them. */
function runPart(state: Int32Array, { generation, items }: Task, run: (claim: Claim) => void): void {
  let isHolding = false
  const release = () => {
    if (isHolding && Atomics.add(state, DONE, 1) === items - 1) Atomics.notify(state, DONE)
    isHolding = false
  }
  const claim = () => {
    release()
    for (;;) {
      const word = Atomics.load(state, NEXT)
      const item = word & MOST_ITEMS
      if (word >>> ITEM_BITS !== generation || item >= items) return -1
      if (Atomics.compareExchange(state, NEXT, word, word + 1) !== word) continue
      isHolding = true
      return item
    }
  }
  try {
    run(claim)
  } catch (thrown) {
    if (isHolding) Atomics.store(state, FAILED, 1)
    // What is left is to go to nobody once an item has failed.
    while (isHolding) claim()
    throw thrown
  } finally {
    release()
  }
}

/** Makes this worker a helper of the thread that made it. */
export function serveThread(runners: Readonly<Record<string, Runner<never>>>): void {
  let started: Start | null = null
  self.onmessage = ({ data }: MessageEvent<Start | Task>) => {
    if ('memory' in data) {
      started = data
      self.postMessage('started')
      return
    }
    const { memory, state, thread } = started!
    // Another thread made it grow, which this one may not have noticed yet.
    if (memory.buffer.byteLength < data.bytes) memory.grow(0)
    try {
      runPart(state, data, claim => runners[data.runner]!(memory, data.job as never, thread, claim))
    } catch (thrown) {
      console.error(thrown)
    }
  }
}
