/** Up to this many bytes in all, every freed buffer is kept. */
const KEPT_BYTES = 256 * 1024 * 1024

/**
 * How far the buffers that exist may pass the most that was ever in use. Counted for a step of Swin-T: without, 1,953
 * buffers of 4.5 GB are made again; with an eighth 768 of 3.6 GB, with a quarter 641 of 2.9 GB.
 */
const SLACK = 1 / 8

/**
 * The GPU's buffers: freed ones are kept for requests of the same size and usage, for WebGPU fills each new one with
 * zeros. What exists in all stays near the most that was in use at once: past that, freed buffers are destroyed, the
 * largest first, until a new one fits. Takes the place of TensorFlow.js 4.22's `BufferManager`, which keeps all for ever.
 */
export class BufferPool {
  numBytesUsed = 0
  numBytesAllocated = 0
  private readonly idle = new Map<string, GPUBuffer[]>()
  private readonly used = new Set<GPUBuffer>()
  /** Freed since the last submit: recorded commands may still name them, so they can be reused but not destroyed. */
  private readonly recorded = new Set<GPUBuffer>()
  private idleCount = 0
  /** The most bytes that were in use. */
  private mark = 0

  constructor(private readonly device: GPUDevice) {}

  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    const buffer =
      (reuse ? this.reused(size, usage) : undefined) ?? this.created({ size, usage, mappedAtCreation })
    this.used.add(buffer)
    this.numBytesUsed += size
    this.mark = Math.max(this.mark, this.numBytesUsed)
    return buffer
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.used.delete(buffer)) throw new RangeError('A buffer was given back that is not in use.')
    this.numBytesUsed -= buffer.size
    if (!reuse) {
      this.destroyed(buffer)
      return
    }
    const key = keyOf(buffer.size, buffer.usage)
    const same = this.idle.get(key)
    if (same) same.push(buffer)
    else this.idle.set(key, [buffer])
    this.idleCount++
    this.recorded.add(buffer)
  }

  /** To be called after every submit. */
  submitted(): void {
    this.recorded.clear()
  }

  /** Destroys the freed buffers, and forgets how much was ever in use. Only right after a submit. */
  releaseIdle(): void {
    this.submitted()
    this.evict(0)
    this.mark = this.numBytesUsed
  }

  getNumUsedBuffers(): number {
    return this.used.size
  }

  getNumFreeBuffers(): number {
    return this.idleCount
  }

  dispose(): void {
    for (const buffer of [...this.used, ...[...this.idle.values()].flat()]) buffer.destroy()
    this.used.clear()
    this.idle.clear()
    this.recorded.clear()
    this.idleCount = this.numBytesUsed = this.numBytesAllocated = 0
  }

  private reused(size: number, usage: number): GPUBuffer | undefined {
    const buffer = this.idle.get(keyOf(size, usage))?.pop()
    if (!buffer) return undefined
    this.idleCount--
    this.recorded.delete(buffer)
    return buffer
  }

  private created(descriptor: GPUBufferDescriptor): GPUBuffer {
    const needed = this.numBytesUsed + descriptor.size
    const most = Math.max(KEPT_BYTES, (1 + SLACK) * Math.max(this.mark, needed))
    this.evict(most - descriptor.size)
    const buffer = this.device.createBuffer(descriptor)
    this.numBytesAllocated += descriptor.size
    return buffer
  }

  private destroyed(buffer: GPUBuffer): void {
    buffer.destroy()
    this.numBytesAllocated -= buffer.size
  }

  /** Destroys freed buffers, the largest first, until at most so many bytes exist, or none is left. */
  private evict(bytes: number): void {
    if (this.numBytesAllocated <= bytes) return
    const largestFirst = [...this.idle.values()]
      .filter(same => same.length > 0)
      .sort((a, b) => b[0]!.size - a[0]!.size)
    for (const same of largestFirst) {
      const kept: GPUBuffer[] = []
      for (const buffer of same) {
        if (this.numBytesAllocated <= bytes || this.recorded.has(buffer)) kept.push(buffer)
        else {
          this.idleCount--
          this.destroyed(buffer)
        }
      }
      same.splice(0, same.length, ...kept)
      if (this.numBytesAllocated <= bytes) return
    }
  }
}

function keyOf(size: number, usage: number): string {
  return `${size} ${usage}`
}
