/** What a stretch of a rehearsal asks of a GPU. */
export interface DeviceWork {
  dispatches: number
  /** Bytes of the tensors that the dispatches bind, inputs and outputs, each dispatch for itself. */
  bytesMoved: number
  /** Of products and convolutions, with their gradients and attention; other arithmetic is not counted. */
  multiplyAdds: number
}

/** What the commands since the last `restart` come to. */
export interface DeviceCounts extends DeviceWork {
  /** Copies between buffers, those of uploads included. */
  copies: number
  submits: number
  /** Compute passes: a copy between two dispatches begins another. */
  passes: number
  /** Different pipelines that ran. */
  pipelines: number
  /** Bytes that the CPU sent: uniforms, and tensors made from values. */
  uploadedBytes: number
  /** Buffers made; those that a pool handed out again are not. */
  buffersMade: number
  bytesMade: number
  /** Most multiply-adds of one dispatch. */
  largestDispatch: number
  /** By name of the kernel, most dispatches first. */
  byKernel: ReadonlyMap<string, DeviceWork>
  /** By what `phase` named, in the order in which they first came. */
  byPhase: ReadonlyMap<string, DeviceWork>
}

/** The kernel that a dispatch belongs to. */
export interface RunningKernel {
  name: string
  multiplyAdds: number
}

/** Counts what a device that computes nothing is asked to do. */
export class DeviceMeter {
  /** Most bytes of buffers at once, over the whole rehearsal. */
  peakBytes = 0
  /** Bytes of the largest buffer, over the whole rehearsal. */
  largestBytes = 0
  /** What the next dispatches are; set by the backend. */
  running: RunningKernel = { name: '', multiplyAdds: 0 }
  private allocated = 0
  private current = ''
  private pipelines = new Set<object>()
  private byKernel = new Map<string, DeviceWork>()
  private byPhase = new Map<string, DeviceWork>()
  private totals = noCounts()
  private counting = true

  /** Forgets what was counted so far, memory apart: what follows is a steady step. */
  restart(): void {
    this.pipelines = new Set()
    this.byKernel = new Map()
    this.byPhase = new Map()
    this.totals = noCounts()
    this.counting = true
  }

  /** What follows, such as what is given back at the end, is no part of a step; memory is counted still. */
  stop(): void {
    this.counting = false
  }

  /** Names what follows. */
  phase(name: string): void {
    this.current = name
  }

  dispatched(pipeline: object, boundBytes: number): void {
    if (!this.counting) return
    const { name, multiplyAdds } = this.running
    this.pipelines.add(pipeline)
    this.totals.largestDispatch = Math.max(this.totals.largestDispatch, multiplyAdds)
    for (const work of [this.totals, entry(this.byKernel, name), entry(this.byPhase, this.current)]) {
      work.dispatches++
      work.bytesMoved += boundBytes
      work.multiplyAdds += multiplyAdds
    }
  }

  happened(what: 'copies' | 'submits' | 'passes'): void {
    if (this.counting) this.totals[what]++
  }

  uploaded(bytes: number): void {
    if (this.counting) this.totals.uploadedBytes += bytes
  }

  made(bytes: number): void {
    if (this.counting) {
      this.totals.buffersMade++
      this.totals.bytesMade += bytes
    }
    this.allocated += bytes
    this.peakBytes = Math.max(this.peakBytes, this.allocated)
    this.largestBytes = Math.max(this.largestBytes, bytes)
  }

  destroyed(bytes: number): void {
    this.allocated -= bytes
  }

  counts(): DeviceCounts {
    const byKernel = new Map([...this.byKernel].sort(([, a], [, b]) => b.dispatches - a.dispatches))
    return { ...this.totals, pipelines: this.pipelines.size, byKernel, byPhase: this.byPhase }
  }
}

function noCounts() {
  return {
    ...noWork(),
    copies: 0,
    submits: 0,
    passes: 0,
    uploadedBytes: 0,
    buffersMade: 0,
    bytesMade: 0,
    largestDispatch: 0,
  }
}

function noWork(): DeviceWork {
  return { dispatches: 0, bytesMoved: 0, multiplyAdds: 0 }
}

function entry(table: Map<string, DeviceWork>, name: string): DeviceWork {
  const found = table.get(name) ?? noWork()
  table.set(name, found)
  return found
}
